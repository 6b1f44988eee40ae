"""Where settings are read from, and going on where a source can't be read."""

import json
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_settings import EnvSettingsSource

from runtime.setting_errors import group_of, variable_name

CONFIG_VARIABLE = "NEXTBEST_CONFIG"


class Environment(EnvSettingsSource):
    """Environment variables; what is not the JSON it should be is left to the checks."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """Read JSON; give back the text, or for a whole group nothing, where it is none."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value if group_of(field) is None else {}


def file_values() -> tuple[dict[str, Any], list[str]]:
    """Read the file of settings: what it holds, and what is wrong with it as a file."""
    name = os.environ.get(CONFIG_VARIABLE)
    if not name:
        return {}, []
    try:
        return tomllib.loads(Path(name).read_text(encoding="utf-8")), []
    except FileNotFoundError:
        return {}, [f"{CONFIG_VARIABLE} = {name!r}: there is no such file"]
    except OSError as error:
        return {}, [f"{CONFIG_VARIABLE} = {name!r} can't be read: {error.strerror}"]
    except ValueError as error:  # TOML's own, and of texts that are not UTF-8
        return {}, [f"{CONFIG_VARIABLE} = {name!r} is not a TOML file: {error}"]


def source_problems(model: type[BaseModel]) -> list[str]:
    """Give a line for a file, and for each variable of a whole group, that can't be read."""
    return [*file_values()[1], *_unreadable_groups(model)]


def _unreadable_groups(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        variable = variable_name((name,))
        text = os.environ.get(variable)
        if not text or group_of(field) is None:
            continue
        try:
            read = json.loads(text)
        except ValueError:
            read = None
        if not isinstance(read, dict):
            # Not shown: a whole group may hold secrets.
            yield (
                f"{variable} is not a JSON object; set {variable}__… for single settings, or give "
                "the whole group as JSON"
            )
