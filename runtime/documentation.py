"""docs/settings.md and docs/metrics.md, written from the code: `python -m runtime.documentation`.

A test compares the files with what this writes.
"""

from pathlib import Path
from typing import Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from runtime.metrics import Metrics
from runtime.setting_errors import group_of, is_secret, variable_name
from runtime.settings import BUNDLED_PROGRAMME, Settings

DOCS = Path(__file__).resolve().parent.parent / "docs"

_SETTINGS_HEAD = """# Settings

Every setting is an environment variable, or an entry in a TOML file that `NEXTBEST_CONFIG` (or
`nextbest --config`) names, one table per group: `NEXTBEST_KAFKA__LINGER_MS=3` is the same as

```toml
[kafka]
linger_ms = 3
```

The environment wins over the file. An unknown name, in either, is an error; every bad value is
listed at start. `SCHEMA_REGISTRY_URL` is read too. Secrets are never shown or logged.

Written from `runtime/settings.py` and its groups by `python -m runtime.documentation`.
"""

_METRICS_HEAD = """# Metrics

Each role answers `/metrics`, `/livez` and `/readyz` at `NEXTBEST_METRICS__HOST` and
`NEXTBEST_METRICS__PORT`. All roles declare all metrics; what a role doesn't do stays at 0 or is
absent. `/livez` fails when a part of the role has shown no progress for longer than it promised,
`/readyz` while the role can't do its work.

Written from `runtime/metrics.py` by `python -m runtime.documentation`.

| metric | type | labels | what |
|---|---|---|---|
"""


def settings_page() -> str:
    """Write docs/settings.md."""
    parts = [_SETTINGS_HEAD, "## General\n\n", _table(Settings.model_fields, ())]
    for name, field in Settings.model_fields.items():
        if group := group_of(field):
            doc = " ".join((group.__doc__ or "").split())
            parts.append(f"## {name}\n\n{doc}\n\n{_table(group.model_fields, (name,))}")
    return "\n".join(parts).rstrip() + "\n"


def _table(fields: dict[str, FieldInfo], path: tuple[str, ...]) -> str:
    rows = ["| variable | default | allowed | meaning |", "|---|---|---|---|"]
    for name, field in fields.items():
        if group_of(field) is None:
            meaning = " ".join((field.description or "").split())
            variable = variable_name((*path, name))
            rows.append(
                f"| `{variable}` | {_default(field)} | {_allowed(field)} | {_cell(meaning)} |"
            )
    return "\n".join(rows) + "\n"


def _default(field: FieldInfo) -> str:
    value = field.default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value is None or value is PydanticUndefined or value in ("", (), {}):
        return "secret, unset" if is_secret(field) else "unset"
    if value == BUNDLED_PROGRAMME:
        return "`programme/`"
    if isinstance(value, tuple):
        return f"`{','.join(map(str, value))}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:.10g}`" if isinstance(value, float) else f"`{value}`"


def _allowed(field: FieldInfo) -> str:
    choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    if choices:
        return ", ".join(f"`{choice}`" for choice in choices)
    if field.annotation is bool:
        return "`true`, `false`"
    limits = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    found = [
        f"{sign} {getattr(limit, name):.10g}"
        for limit in field.metadata
        for name, sign in limits.items()
        if getattr(limit, name, None) is not None
    ]
    return ", ".join(found)


def metrics_page() -> str:
    """Write docs/metrics.md."""
    metrics = Metrics()
    rows = []
    for metric in metrics.registry.collect():
        name = f"{metric.name}_total" if metric.type == "counter" else metric.name
        labels = ", ".join(f"`{label}`" for label in metrics.labels[name])
        what = _cell(metric.documentation)
        rows.append(f"| `{name}` | {metric.type} | {labels} | {what} |\n")
    return _METRICS_HEAD + "".join(rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    """Write both pages."""
    (DOCS / "settings.md").write_text(settings_page(), encoding="utf-8")
    (DOCS / "metrics.md").write_text(metrics_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
