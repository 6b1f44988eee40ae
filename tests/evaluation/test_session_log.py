"""Lines become events in the order of their time, or are refused by line and reason."""

from pathlib import Path

import pytest

from evaluation.session_log import SessionLogError, read_session_log
from tests.evaluation.sessions_log import write


def test_lines_are_events_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, ["item, session,price", "a,x,1", "b,y,", "", "a,y,3", " c , x ,4"])
    log = read_session_log(path)
    assert log.events == [(0, 0), (1, 1), (1, 0), (0, 2)]
    assert (log.sessions, log.items, log.refused) == (2, 3, {})


def test_times_put_them_in_order_and_equal_ones_stay(tmp_path: Path) -> None:
    lines = ["session,item,time", "x,a,30", "x,b,10.5", "x,c,30", "x,d,1e1"]
    assert [item for _, item in read_session_log(write(tmp_path, lines)).events] == [3, 1, 0, 2]
    lines = ["session,item,time", "x,a,2026-05-01T10:00:00+02:00", "x,b,2026-05-01T07:59:59Z"]
    assert [item for _, item in read_session_log(write(tmp_path, lines)).events] == [1, 0]


def test_two_logs_share_their_items_and_not_their_sessions(tmp_path: Path) -> None:
    items: dict[str, int] = {}
    read_session_log(write(tmp_path, ["session,item", "x,a", "x,b"]), items)
    second = read_session_log(write(tmp_path, ["session,item", "y,b", "y,c"]), items)
    assert second.events == [(0, 1), (0, 2)]
    assert second.items == 2


BAD = {
    "x": "bad_line",
    ",a,1": "no_session",
    "x, ,1": "no_item",
    "x,a,": "bad_time",
    "x,a,soon": "bad_time",
    "x,a,nan": "bad_time",
    "x,a,1e999": "bad_time",
    "x," + "a" * 200_000 + ",1": "bad_line",
}


@pytest.mark.parametrize(("line", "reason"), BAD.items(), ids=range(len(BAD)))
def test_bad_lines_are_told_or_counted(tmp_path: Path, line: str, reason: str) -> None:
    path = write(tmp_path, ["session,item,time", "x,a,1", line, "x,b,2"])
    with pytest.raises(SessionLogError, match=f"line 3: {reason}: "):
        read_session_log(path)
    log = read_session_log(path, skip_bad=True)
    assert log.refused == {reason: 1}
    assert log.events == [(0, 0), (0, 1)]


def test_a_quote_left_open_takes_no_events_in_unseen(tmp_path: Path) -> None:
    lines = ["session,item,name", 'x,a,"lamp', "x,b,bulb", 'x,c,"', "x,d,", "x,e,"]
    path = write(tmp_path, lines)
    with pytest.raises(SessionLogError, match="line 2: bad_line: a quote is open up to line 4"):
        read_session_log(path)
    log = read_session_log(path, skip_bad=True)
    assert log.refused == {"bad_line": 3}
    assert len(log.events) == 2


def test_what_is_not_utf_8_is_one_bad_line(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(b"\xef\xbb\xbfsession,item\nx,a\nx,\xff\nx,\xc3\xa9\n")
    with pytest.raises(SessionLogError, match="line 3: bad_text: not UTF-8"):
        read_session_log(path)
    assert read_session_log(path, skip_bad=True).events == [(0, 0), (0, 1)]


def test_the_first_problems_are_listed_and_the_others_counted(tmp_path: Path) -> None:
    path = write(tmp_path, ["session,item", *[",a"] * 25])
    with pytest.raises(SessionLogError, match=r"line 11: .*\n.*15 more"):
        read_session_log(path)
    with pytest.raises(SessionLogError, match="15 more"):  # nothing is left
        read_session_log(path, skip_bad=True)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["session,product", "x,a"], "line 1: no column 'item'"),
        ([""], "no column 'session'"),
        (["session,item"], "it holds no events"),
        (['"' + "a" * 200_000], "line 1: not CSV"),
    ],
)
def test_what_is_no_log_is_refused(tmp_path: Path, lines: list[str], said: str) -> None:
    with pytest.raises(SessionLogError, match=said):
        read_session_log(write(tmp_path, lines))
