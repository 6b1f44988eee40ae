"""What is said of withdrawals, from when they were posted, answered, and heeded."""

from bench.withdrawals import Posted, _figures


def test_a_mail_accepted_after_the_answer_is_late_and_counts_until_then() -> None:
    posted = [Posted(f"s{n}", 1_000.0, 1_005.0) for n in range(100)]
    read_ms = {post.person: 1_020.0 for post in posted}
    in_time = _figures(posted, posted, {"s1": 1_003.0}, read_ms)
    assert "p99 5.0 max 5.0 ms" in in_time[2]
    assert in_time[-2].endswith(": 0")
    assert in_time[-1].endswith("yes")
    late = _figures(posted, posted, {"s1": 2_500.0, "s2": 2_500.0}, read_ms)
    assert "p99 1500.0" in late[2]
    assert late[-2].endswith(": 2")
    assert late[-1].endswith("NO")
