"""`nextbest lint` and `preview` without any server."""

import json
import shutil
from pathlib import Path

import pytest
from aiohttp import web
from typer.testing import CliRunner

from nextbest.cli import app
from nextbest.preview_state import interests
from runtime.settings import BUNDLED_PROGRAMME
from senders.linting.link_check import unanswered
from senders.mail.feedback_id import feedback_id
from senders.mail.message_kinds import fitting, message_of, read_flows
from senders.mail.rendering import Templates
from senders.mail.samples import FULL, decision_of
from tests.nextbest.test_starting import told_by
from tests.senders.builders import product
from tests.senders.linting.messages import write


def run(*arguments: str, status: int = 0) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == status, result.output
    return result.output


@pytest.fixture
def programme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A programme of one message, which hurries people for nothing."""
    folder = tmp_path / "programme"
    (folder / "templates").mkdir(parents=True)
    write(folder / "templates", body="Hurry! We saw you.", way_out="")
    shutil.copy(BUNDLED_PROGRAMME / "flows.yaml", folder)
    monkeypatch.setenv("NEXTBEST_PROGRAMME_DIR", str(folder))
    return folder


def test_lint_tells_what_is_wrong_and_ends_with_1(programme: Path) -> None:
    del programme
    said = run("lint", status=1)
    assert "news: error watched: the html says" in said
    assert "news: error false-urgency:" in said
    assert "news: error unsubscribe:" in said
    told = json.loads(run("lint", "news", "--json", status=1))
    assert told["messages"] == ["news"]
    assert told["errors"] == len([f for f in told["findings"] if f["severity"] == "error"]) > 3
    assert {"message", "code", "severity", "found", "sample", "why"} == set(told["findings"][0])


def test_lint_of_what_ships_ends_with_0() -> None:
    assert "1 messages, 0 errors, 0 warnings" in run("lint", "cart_reminder")
    assert "there is no message nowhere" in run("lint", "nowhere", status=1)


def test_a_sender_refuses_to_start_with_a_message_that_breaks_a_rule(
    programme: Path, tmp_path: Path
) -> None:
    sender = {
        "NEXTBEST_PROGRAMME_DIR": str(programme),
        "NEXTBEST_SENDER__FROM_ADDRESS": "news@sender.example",
        "NEXTBEST_SENDER__POSTAL_ADDRESS": "Lindenstr. 12",
        "NEXTBEST_SENDER__PUBLIC_URL": "https://mail.sender.example",
        "NEXTBEST_SENDER__LINK_SECRET": "sixteen characters and more",
    }
    told = told_by(tmp_path, "sender", **sender)
    for code in ("watched", "false-urgency", "unsubscribe"):
        assert any(f"news: error {code}:" in line for line in told), code


def test_a_preview_without_a_person_is_made_up(tmp_path: Path) -> None:
    html = tmp_path / "mail.html"
    shown = json.loads(run("preview", "cart_reminder", "--json", "--html", str(html)))
    assert shown["source"] == "made up"
    told = (shown["kind"], shown["stream"], shown["topic"])
    assert told == ("marketing", "marketing", "reminders")
    assert html.read_text(encoding="utf-8") == shown["html"]
    assert shown["html_bytes"] < len(shown["html"]), "as it is counted, not with its references"
    assert run("preview", "welcome", "--text").startswith("Fernweh & Co\n")
    assert "there is no message nowhere" in run("preview", "nowhere", status=1)
    assert "MESSAGE" in run("preview", status=2)


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    nowhere = str(tmp_path / "file" / "x")
    for option in ("--html", "--gallery"):
        said = run("preview", "welcome", option, nowhere, status=2)
        assert f"{option}:" in said  # the rest is folded by the path's length
        assert "Traceback" not in said


def test_every_message_made_up_can_be_sealed_with_its_stream() -> None:
    folder, flows = templates()[0].parent, read_flows(BUNDLED_PROGRAMME / "flows.yaml")
    streams = {}
    for name in Templates(folder).names:
        known = message_of(name, folder, flows)
        made = decision_of(fitting(FULL, known), name, known.kind, known.stream)
        streams[name] = feedback_id(made, "shop000001").split(":")[1:3]
    assert streams["cart_reminder"] == ["marketing", "marketing-mail"]
    assert streams["win_back"] == ["win_back", "marketing-mail"]
    assert streams["confirm_opt_in"] == ["transactional", "transactional-mail"]
    assert streams["order_confirmation"] == ["transactional", "transactional-mail"]


def test_a_double_opt_in_made_up_states_what_is_promised() -> None:
    shown = run("preview", "confirm_opt_in", "--text")
    assert "What you agree to: news about lamps, and offers, at most 3 mails a week." in shown


def test_the_gallery_holds_every_message_in_four_cases(tmp_path: Path) -> None:
    run("preview", "--gallery", str(tmp_path / "g"))
    pages = sorted(path.name for path in (tmp_path / "g").glob("*.html"))
    names = {path.name.removesuffix(".txt.j2") for path in templates() if path.name[0] != "_"}
    assert len(pages) == 4 * len(names) + 1
    assert {name.rpartition("-")[0] for name in pages} - {""} == names
    full = (tmp_path / "g" / "cart_reminder-full.html").read_text(encoding="utf-8")
    assert "data:image/svg+xml" in full
    assert "pictures/lamp.jpg" not in full


def templates() -> list[Path]:
    return list((BUNDLED_PROGRAMME / "templates").glob("*.txt.j2"))


def test_what_a_person_would_see_first_is_their_cart_then_what_they_viewed_then_their_taste() -> (
    None
):
    catalog = {name: product(name) for name in ("lamp", "throw", "rug")}
    catalog["mug"] = product("mug", stock=0)
    profile = {
        "cart": [{"product_id": "throw"}, {"product_id": "mug"}],
        "viewed": {"rug": 1, "lamp": 2},
        "categories": {"lighting": 0.5, "kitchen": 0.1},
    }
    assert interests(profile, catalog) == (["throw"], "lighting")
    assert interests({**profile, "cart": []}, catalog)[0] == ["lamp", "rug"]
    assert interests({"categories": {"lighting": 1.0}}, catalog)[0] == ["lamp", "rug", "throw"]
    assert interests({}, catalog) == ([], "")


async def test_links_that_do_not_answer_are_told() -> None:
    async def gone(_request: web.Request) -> web.Response:
        return web.Response(status=404)

    async def there(_request: web.Request) -> web.Response:
        return web.Response()

    async def only_get(_request: web.Request) -> web.Response:
        return web.Response(status=405 if _request.method == "HEAD" else 200)

    application = web.Application()
    application.add_routes(
        [
            web.get("/gone", gone),
            web.get("/there", there),
            web.route("*", "/only-get", only_get),
        ]
    )
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        urls = [f"{base}/gone", f"{base}/there", f"{base}/only-get", "http://127.0.0.1:1/"]
        dead = await unanswered(urls)
    finally:
        await runner.cleanup()
    assert set(dead) == {f"{base}/gone", "http://127.0.0.1:1/"}
    assert dead[f"{base}/gone"].endswith("answers 404")
