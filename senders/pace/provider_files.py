"""Reading the providers' TOML files; everything wrong in all of them is told at once."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from runtime.mailbox import parse_domain
from runtime.settings import BUNDLED_PROGRAMME, Read, Settings
from schemas.errors import StopError
from senders.pace.provider import DEFAULT, Provider, Providers, overridden

FOLDER = "providers"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
"""File names become labels of metrics and parts of keys."""


class BadProvidersError(StopError):
    """The providers' files can't be used; `problems` holds a line for each thing wrong."""

    def __init__(self, folder: Path, problems: list[str]) -> None:
        lines = "".join(f"\n  - {problem}" for problem in problems)
        super().__init__(
            f"the providers in {folder} can't be used:{lines}\n"
            "docs/operations.md (Providers) says what such a file holds."
        )
        self.problems = problems


def folder_of(settings: Settings) -> Path:
    """Where the providers' files lie."""
    if settings.pace.providers_dir is not None:
        return settings.pace.providers_dir
    own = settings.programme_dir / FOLDER
    return own if own.is_dir() else BUNDLED_PROGRAMME / FOLDER


def load_providers(settings: Settings) -> Providers:
    """Read the providers that the settings ask for.

    Raises:
        BadProvidersError: Lists everything that is wrong, with file and key.
    """
    folder = folder_of(settings)
    found, problems = read_folder(folder)
    if not problems and settings.pace.dns == "static":
        problems = [
            f"{name}.toml: route: direct needs the mail exchangers, but NEXTBEST_PACE__DNS is "
            "static; set it to system"
            for name, provider in found.items()
            if provider.direct
        ]
    if problems:
        raise BadProvidersError(folder, problems)
    return Providers({name: overridden(one, settings) for name, one in found.items()})


def provider_problems(read: Read) -> list[str]:
    """Give a line for everything wrong with the providers' files, each with their folder."""
    if not (read.sound("programme_dir") and read.sound("pace", "providers_dir")):
        return []
    try:
        load_providers(read.settings)
    except BadProvidersError as error:
        folder = folder_of(read.settings)
        return [f"{folder}: {problem}" for problem in error.problems]
    return []


def read_folder(folder: Path) -> tuple[dict[str, Provider], list[str]]:
    """Read every file of a folder; what is wrong is left out and told.

    Returns:
        Providers by name, and a line for each problem.
    """
    problems: list[str] = []
    try:
        files = sorted(folder.glob("*.toml"))
        plain = {file.stem: _parse(file, problems) for file in files}
    except OSError as error:
        return {}, [f"can't be read: {error.strerror}"]
    if DEFAULT not in plain:
        problems.append(
            "default.toml is missing: it says how mail goes to those no other file names"
        )
    common = {k: v for k, v in (plain.get(DEFAULT) or {}).items() if k != "match"}
    found: dict[str, Provider] = {}
    for name, values in plain.items():
        if values is not None:
            made = _provider(name, values, common, problems)
            if made is not None:
                found[name] = made
    problems += _repeated(found)
    return found, problems


def _parse(file: Path, problems: list[str]) -> dict[str, Any] | None:
    if not _NAME.fullmatch(file.stem):
        problems.append(
            f"{file.name}: the name must be lower case letters, digits, dashes and underscores"
        )
        return None
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(f"{file.name}: can't be read as TOML: {error}")
        return None


def _provider(
    name: str, values: dict[str, Any], common: dict[str, Any], problems: list[str]
) -> Provider | None:
    """Check one file; what it leaves out is as in `default.toml`, if that is right."""
    before = len(problems)
    if "name" in values:
        problems.append(f"{name}.toml: name: unknown; the file's own name is the provider's")
    own = {key: value for key, value in values.items() if key != "name"}
    inherited = {k: v for k, v in common.items() if k in Provider.model_fields and k != "name"}
    provider: Provider | None = None
    try:
        provider = Provider(name=name, **own)
        provider = Provider(name=name, **{**inherited, **own})
    except ValidationError as error:
        # What is wrong in default.toml is told once, as default.toml's.
        told = error.errors() if provider is None else []
        problems += [f"{name}.toml: {_said(problem)}" for problem in told]
    if provider is not None:
        problems += [f"{name}.toml: {said}" for said in _pattern_problems(provider)]
    return provider if len(problems) == before else None


def _said(problem: Any) -> str:
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        known = [k for k in Provider.model_fields if k != "name"]
        names = ["domains", "mx"] if key.startswith("match.") else known
        return f"{key}: unknown; there are {', '.join(names)}"
    message = str(problem["msg"])
    return f"{key} = {problem['input']!r}: {message[:1].lower()}{message[1:]}"


def _pattern_problems(provider: Provider) -> Iterator[str]:
    match = provider.match
    if provider.name == DEFAULT and (match.domains or match.mx):
        yield "match: default takes those no pattern stands for, and has none"
    if provider.name != DEFAULT and not (match.domains or match.mx):
        yield "match: no pattern under domains or mx, so nobody would belong to it"
    for key, patterns in (("domains", match.domains), ("mx", match.mx)):
        for pattern in patterns:
            bare = pattern.removeprefix("*.")
            if parse_domain(bare) != bare:
                yield (
                    f"match.{key}: {pattern!r} is neither a name like example.com, in lower case, "
                    "nor one like *.example.com"
                )


def _repeated(found: dict[str, Provider]) -> Iterator[str]:
    """Tell of each pattern that stands in two files, or twice in one."""
    for key in ("domains", "mx"):
        seen: dict[str, str] = {}
        for name, provider in found.items():
            for pattern in getattr(provider.match, key):
                other = seen.get(pattern)
                if other is not None:
                    yield f"{name}.toml: match.{key}: {pattern!r} stands in {other}.toml too"
                seen[pattern] = name
