"""What the pages name is there: links, commands, options, targets, settings, files, tests."""

import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import typer

import runtime.start  # noqa: F401  all errors of the roles are known once imported
import schemas.confluent_registry  # noqa: F401
import senders.trial_mail
import senders.worker  # noqa: F401
import streams.intake_role
import streams.lane_roles
import streams.role  # noqa: F401
from nextbest.cli import app
from runtime.metrics import Metrics
from runtime.setting_errors import NOT_SETTINGS, all_fields, variable_name
from runtime.settings import Settings
from schemas.errors import StopError
from tests.docs.pages import DOCS, HAND_WRITTEN, PAGES, README, ROOT, anchors, code, links, spans

NOT_THERE_YET = {
    "streams/processors/fruitless_search.py",
    "tests/streams/processors/test_fruitless_search.py",
}
"""What the README has its reader write."""

NOT_OF_ROLES = {
    # Met by product apps and by commands, which say what to do; or by whoever changes a schema.
    *("BadTopologyError", "BrokenSchemaError", "EmitterBrokenError", "IncompatibleSchemaError"),
    *("UnknownLayoutError", "BadMappingError", "UnreadableLogError", "BadSettingsError"),
    "KeyFileError",
    # Ends nothing: a worker reads the next one, the trainer learns anew.
    "MissingPartError",
}


def test_every_relative_link_leads_somewhere() -> None:
    wrong = []
    for page in PAGES:
        for link in links(page):
            if re.match(r"[a-z]+:", link):
                continue
            name, _, anchor = link.partition("#")
            target = (page.parent / name).resolve() if name else page
            there = target.is_relative_to(ROOT) and target.exists()
            if not there or (anchor and anchor not in anchors(target)):
                wrong.append((page.name, link))
    assert wrong == []


def command_lines(page: Path) -> list[list[str]]:
    """What comes after `nextbest` in each command of a page, variables before it left out."""
    found = []
    for line in code(page):
        words = line.split() if "'" in line else shlex.split(line, comments=True)
        while words and re.match(r"[A-Z_]+=", words[0]):
            del words[0]
        if words[:1] == ["nextbest"]:
            found.append(words[1:])
    return found


@cache
def command_tree() -> Any:
    return typer.main.get_command(app)


def unknown_word(words: list[str]) -> str | None:
    """The first subcommand or option that isn't there."""
    command = command_tree()
    for word in words:
        if word.startswith("-"):
            known = {"-h", "--help"}.union(*(param.opts for param in command.params))
            if word not in known:
                return word
        elif hasattr(command, "commands") and word.islower() and "." not in word:
            if word not in command.commands:
                return word
            command = command.commands[word]
    return None


def test_every_command_and_option_is_there() -> None:
    assert unknown_word(["sender", "--wet-run"]) == "--wet-run"
    assert unknown_word(["dlq", "burn"]) == "burn"
    assert ["sender", "--dry-run"] in command_lines(README)
    assert ["topics", "create"] in command_lines(README)
    wrong = [
        (page.name, " ".join(words))
        for page in PAGES
        for words in command_lines(page)
        if unknown_word(words)
    ]
    assert wrong == []


def test_every_variable_is_a_setting() -> None:
    known = {variable_name(path) for path in all_fields(Settings)} | NOT_SETTINGS
    for page in PAGES:
        named = set(re.findall(r"NEXTBEST_[A-Z][A-Z0-9_]*", page.read_text(encoding="utf-8")))
        assert named <= known, page.name


def test_every_metric_is_there() -> None:
    for page in PAGES:
        named = {span for span in spans(page) if re.fullmatch(r"nextbest_[a-z_]+", span)}
        assert named <= set(Metrics().labels), page.name


def test_every_make_target_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for page in PAGES:
        named = {m[1] for line in code(page) if (m := re.match(r"make ([a-z-]+)", line))}
        assert named <= targets, page.name


def test_every_file_and_test_is_there() -> None:
    wrong, tests = [], 0
    for page in HAND_WRITTEN:
        for span in spans(page):
            name, _, test = span.partition("::")
            if not re.fullmatch(r"(?:\w+/)+(?:[\w.-]+\.\w+)?", name) or name in NOT_THERE_YET:
                continue
            if name.startswith("var/"):
                continue  # what a run leaves
            path = ROOT / name if (ROOT / name).exists() else ROOT / "tests" / name
            text = path.read_text(encoding="utf-8") if path.is_file() else ""
            tests += bool(test)
            if not path.exists() or (test and f"def {test}(" not in text):
                wrong.append((page.name, span))
    assert wrong == []
    assert tests > 20


HOUSES = (
    *("schemas", "models", "runtime", "streams", "senders", "evaluation", "simulation"),
    *("nextbest", "deploy", "bench", "tests"),
)


def is_there(dotted: str) -> bool:
    """Whether a module is where its name says, and has what comes after it."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        at, rest = ROOT.joinpath(*parts[:length]), parts[length:]
        for path in (at.with_suffix(".py"), at / "__init__.py"):
            if path.exists():
                return not rest or bool(re.search(rf"\b{rest[0]}\b", path.read_text("utf-8")))
    return False


def test_every_module_that_docstrings_name_is_there() -> None:
    assert is_there("models.person.profile.Profile")
    assert not is_there("models.person.profile.Prophet")
    wrong, seen = [], 0
    for path in (path for house in HOUSES for path in sorted((ROOT / house).rglob("*.py"))):
        text = path.read_text(encoding="utf-8")
        for dotted in re.findall(rf"`((?:{'|'.join(HOUSES)})(?:\.\w+)+)`", text):
            seen += 1
            if not is_there(dotted):
                wrong.append((path.relative_to(ROOT).as_posix(), dotted))
    assert wrong == []
    assert seen > 100


def errors_of(base: type[Exception]) -> set[str]:
    return {base.__name__}.union(*(errors_of(child) for child in base.__subclasses__()))


def test_every_error_that_ends_a_role_is_explained_to_operators() -> None:
    page = (DOCS / "operations.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| `(\w+Error)` \|", page, re.MULTILINE)
    assert len(explained) == len(set(explained))
    assert set(explained) <= errors_of(StopError)
    raised: set[str] = set()
    for house in ("schemas", "models", "runtime", "streams", "senders"):
        for file in (ROOT / house).rglob("*.py"):
            raised.update(re.findall(r"\b(\w+Error)\(", file.read_text(encoding="utf-8")))
    ending = (raised & errors_of(StopError)) - {"StopError"}
    assert ending - NOT_OF_ROLES == set(explained)


def test_every_decision_is_in_the_index_by_number_with_its_title() -> None:
    index = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    records = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    numbers = [record.name[:4] for record in records]
    assert len(numbers) == len(set(numbers)), "two records have one number"
    expected = []
    for record in records:
        number, _, title = record.read_text(encoding="utf-8").splitlines()[0].partition(": ")
        assert number == f"# {record.name[:4]}", record.name
        expected.append(f"- [{record.name[:4]}]({record.name}): {title}")
    assert [line for line in index.splitlines() if line.startswith("- ")] == expected


def test_the_licence_is_the_one_declared() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
