"""The two requirement files agree with each other and with what the project asks for."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def pins(name: str) -> dict[str, str]:
    """Return project to version, as pinned in a requirements file."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def asked(requirements: list[str]) -> set[str]:
    """Return the projects that requirements name, in the spelling of the lock."""
    names = {re.split(r"[^A-Za-z0-9._-]", requirement)[0] for requirement in requirements}
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}


def test_what_is_in_both_is_the_same_release() -> None:
    minimal, full = pins("requirements.lock"), pins("requirements-dev.lock")
    assert minimal.items() <= full.items()


def test_everything_asked_for_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    missing = asked(project["dependencies"] + extras["demo"]) - set(pins("requirements.lock"))
    missing |= asked(extras["dev"]) - set(pins("requirements-dev.lock"))
    assert not missing, f"run `make lock`: {sorted(missing)} are not pinned"


def test_every_pin_has_its_hashes() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for pin in re.split(r"^(?=[a-z0-9-]+==)", text, flags=re.MULTILINE)[1:]:
            assert "--hash=sha256:" in pin, pin.splitlines()[0]
