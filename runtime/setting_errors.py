"""Saying what is wrong with the settings: every bad value at once, in the words of an operator."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from schemas.errors import StopError

PREFIX = "NEXTBEST_"
DELIMITER = "__"
NOT_SETTINGS = frozenset({"NEXTBEST_CONFIG"})
_CREDENTIALS = re.compile(r"(?<=['\"]).*@")
"""In a URL shown in quotes."""


class BadSettingsError(StopError):
    """Settings are wrong.

    Attributes:
        problems: A line for each.
        rest: The settings, with defaults in place of what is wrong.
        wrong: Paths of the settings that are, `("kafka", "linger_ms")` for instance.
    """

    def __init__(
        self, problems: list[str], rest: BaseModel, wrong: frozenset[tuple[str, ...]]
    ) -> None:
        count = "one setting is" if len(problems) == 1 else f"{len(problems)} settings are"
        lines = "".join(f"\n  - {problem}" for problem in problems)
        super().__init__(f"{count} wrong:{lines}\ndocs/settings.md lists them all.")
        self.problems = problems
        self.rest = rest
        self.wrong = wrong


def group_of(field: FieldInfo) -> type[BaseModel] | None:
    """Return the group a field holds, or None for a plain value."""
    annotation = field.annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return None


def variable_name(path: tuple[str, ...]) -> str:
    """Name the environment variable of a setting, `("kafka", "linger_ms")` for instance."""
    return PREFIX + DELIMITER.join(part.upper() for part in path)


def is_secret(field: FieldInfo) -> bool:
    """Whether the field's value must never be shown."""

    def holds(annotation: Any) -> bool:
        return annotation is SecretStr or any(holds(part) for part in get_args(annotation))

    return holds(field.annotation)


def all_fields(
    model: type[BaseModel], path: tuple[str, ...] = ()
) -> dict[tuple[str, ...], FieldInfo]:
    """Every plain field below `model`, by its path."""
    found: dict[tuple[str, ...], FieldInfo] = {}
    for name, field in model.model_fields.items():
        group = group_of(field)
        if group is None:
            found[*path, name] = field
        else:
            found |= all_fields(group, (*path, name))
    return found


def unknown_variables(environ: Mapping[str, str], model: type[BaseModel]) -> list[str]:
    """Give a line for each `NEXTBEST_…` variable that is no setting; values are not shown."""
    known = _known(model)
    return [
        f"{name} is no setting{_nearest(name, known)}"
        for name in sorted(environ)
        if name.upper().startswith(PREFIX) and name.upper() not in known
    ]


def _known(model: type[BaseModel]) -> set[str]:
    known = {variable_name(path) for path in all_fields(model)}
    return known | {variable_name((name,)) for name in model.model_fields} | NOT_SETTINGS


def _nearest(name: str, known: set[str]) -> str:
    import difflib  # noqa: PLC0415  needed only when something is wrong

    near = difflib.get_close_matches(name.upper(), sorted(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def setting_path(location: Sequence[int | str], model: type[BaseModel]) -> tuple[str, ...]:
    """Give the path of the setting that an error's location lies in; a group's where it is all.

    A setting that is also known by another name goes by its own.
    """
    path = tuple(str(part) for part in location)
    for name, field in model.model_fields.items():
        if path and path[0] in aliases(field):
            path = (name,)
    fields = all_fields(model)
    return next((path[:n] for n in range(len(path), 0, -1) if path[:n] in fields), path[:2])


def aliases(field: FieldInfo) -> set[str]:
    """Give the other names under which a setting is read."""
    return {str(choice) for choice in getattr(field.validation_alias, "choices", ())}


def explain(
    error: ValidationError, model: type[BaseModel], environ: Mapping[str, str]
) -> list[str]:
    """Give a line for each bad value: its variable, the value unless secret, what is allowed."""
    fields = all_fields(model)
    lines: list[str] = []
    for problem in error.errors(include_url=False):
        path = setting_path(problem["loc"], model)
        if problem["type"] == "extra_forbidden":
            name = variable_name(path)
            if name not in environ:  # unknown_variables has told those of the environment
                lines.append(f"{'.'.join(path)} is no setting{_nearest(name, _known(model))}")
            continue
        lines.append(_line(path, fields.get(path), dict(problem), environ))
    # One bad value of a union gives a problem per member: say it once.
    return list(dict.fromkeys(lines))


def _line(
    path: tuple[str, ...],
    field: FieldInfo | None,
    problem: dict[str, Any],
    environ: Mapping[str, str],
) -> str:
    name = variable_name(path) if path else "settings"
    said = str(problem["msg"]).removeprefix("Value error, ")
    if said[1:2].islower():  # a word, not a name like SASL_SSL
        said = said[:1].lower() + said[1:]
    if field is None:
        return f"{name}: {said}"
    shown = "(secret)" if is_secret(field) else repr(problem["input"])
    if path[-1].endswith("url"):
        shown = _CREDENTIALS.sub("(secret)@", shown)
    name = next((other for other in aliases(field) if other in environ), name)
    where = "" if name in environ else f" ({'.'.join(path)} in the file or in code)"
    meaning = " ".join((field.description or "").split())
    return f"{name} = {shown}{where}: {said}. {meaning}".rstrip()
