from tests.models.life import NOON_MS, Life


def test_a_withdrawal_counts_for_the_purpose_it_names_only() -> None:
    life = Life().reachable()
    life.happens("consent", NOON_MS, action="opt_out", purpose="surveys")
    assert life.profile.consent["marketing"].granted
    assert not life.profile.consent["surveys"].granted


def test_a_withdrawal_marks_every_decision_whose_window_covers_it() -> None:
    life = Life().reachable()
    life.happens("cart", NOON_MS, product_id="tent-1")
    life.pass_time(NOON_MS + 4_000_000)
    life.happens("consent", NOON_MS + 5_000_000, action="opt_out")
    assert [pending.unsubscribed for pending in life.profile.pending] == [True]
