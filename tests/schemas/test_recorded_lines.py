"""Lines of logs, plain and gzip, and where reading resumes."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.recorded_lines import MAX_LINE_BYTES, LogFile, UnreadableLogError


def write(path: Path, data: bytes, *, packed: bool = False) -> Path:
    path.write_bytes(gzip.compress(data) if packed else data)
    return path


@pytest.mark.parametrize("packed", [False, True])
def test_lines_and_where_they_end(tmp_path: Path, *, packed: bool) -> None:
    file = LogFile(write(tmp_path / "log", b"one\ntwo\r\n\nlast", packed=packed))
    lines = list(file.lines())
    file.close()

    assert [(line.number, line.start, line.end, line.text) for line in lines] == [
        (1, 0, 4, b"one"),
        (2, 4, 9, b"two"),
        (3, 9, 10, b""),
        (4, 10, 14, b"last"),
    ]
    assert file.size_bytes == (tmp_path / "log").stat().st_size


@pytest.mark.parametrize("packed", [False, True])
@given(data=st.binary(max_size=300).map(lambda raw: raw.replace(b"\x1f", b"")), skip=st.data())
@settings(max_examples=50, deadline=None)
def test_resuming_anywhere_gives_the_rest(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, skip: st.DataObject, *, packed: bool
) -> None:
    path = write(tmp_path_factory.mktemp("log") / "log", data, packed=packed)
    file = LogFile(path)
    whole = list(file.lines())
    if whole:
        done = skip.draw(st.integers(1, len(whole)))
        file.seek(whole[done - 1].end, whole[done - 1].number)
        assert list(file.lines()) == whole[done:]
        assert whole[-1].end == len(data)
    file.close()


def test_an_endless_line_is_cut_and_the_next_one_read(tmp_path: Path) -> None:
    long = b"x" * (3 * MAX_LINE_BYTES)
    file = LogFile(write(tmp_path / "log", long + b"\nnext\n"))
    first, second = file.lines()
    file.close()

    assert first.cut
    assert len(first.text) == MAX_LINE_BYTES
    assert (first.end, second.text, second.cut) == (len(long) + 1, b"next", False)


def test_the_longest_line_that_is_not_cut(tmp_path: Path) -> None:
    file = LogFile(write(tmp_path / "log", b"x" * MAX_LINE_BYTES + b"\ny"))
    first, second = file.lines()
    file.close()

    assert (first.cut, len(first.text), second.text) == (False, MAX_LINE_BYTES, b"y")


def test_a_gzip_that_breaks_off_says_where(tmp_path: Path) -> None:
    packed = gzip.compress(b"".join(b"line %d\n" % number for number in range(5000)))
    (tmp_path / "log.gz").write_bytes(packed[: len(packed) // 2])
    file = LogFile(tmp_path / "log.gz")

    with pytest.raises(UnreadableLogError, match="breaks off"):
        list(file.lines())
    file.close()


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableLogError, match="No such file"):
        LogFile(tmp_path / "log")
