"""`nextbest inbound parse` prints one JSON line for each mail."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nextbest.cli import app

MAILS = Path(__file__).parents[1] / "senders" / "inbound" / "mails"


def run(*arguments: str, stdin: bytes | None = None) -> tuple[int, list[dict[str, object]], str]:
    result = CliRunner().invoke(app, ["inbound", "parse", *arguments], input=stdin)
    return (
        result.exit_code,
        [json.loads(line) for line in result.stdout.splitlines()],
        result.stderr,
    )


def test_one_line_a_file() -> None:
    names = [str(MAILS / f"{name}.eml") for name in ("postfix-unknown", "arf-redacted")]
    status, lines, _errors = run(*names)
    assert status == 0
    assert lines == [
        {
            "file": names[0],
            "recipient": "ann@inbox.example",
            "kind": "hard",
            "status": "5.1.1",
            "reason": "userunknown",
        },
        {
            "file": names[1],
            "recipient": None,
            "kind": "complaint",
            "status": None,
            "reason": "feedback",
        },
    ]


def test_each_mail_of_an_mbox_and_of_stdin(tmp_path: Path) -> None:
    separator = b"From MAILER-DAEMON Tue Mar  3 10:00:05 2026\n"
    bodies = [
        (MAILS / f"{name}.eml").read_bytes() for name in ("postfix-unknown", "notes", "reply")
    ]
    box = separator + (b"\n" + separator).join(bodies)
    (tmp_path / "box").write_bytes(box)
    for file, stdin in ((str(tmp_path / "box"), None), ("-", box)):
        status, lines, _errors = run(file, stdin=stdin)
        assert status == 0
        assert [line["kind"] for line in lines] == ["hard", "hard", "none"]


@pytest.mark.parametrize("content", [b"", b"\0\xff\0", b"no mail at all"])
def test_what_is_no_mail_is_a_line_too(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    status, [line], _errors = run(str(tmp_path / "x"))
    assert (status, line["kind"], line["reason"]) == (0, "none", "unreadable")


def test_a_missing_file_shows_in_the_exit_status_and_stops_nothing(tmp_path: Path) -> None:
    status, lines, errors = run(str(tmp_path / "none"), str(MAILS / "qmail.eml"))
    assert status == 1
    assert [line["kind"] for line in lines] == ["none", "hard"]
    assert "No such file" in errors
