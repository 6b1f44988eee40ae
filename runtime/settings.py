"""All settings, from environment variables and a file, checked at start.

Environment: `NEXTBEST_` + name, groups by two underscores (`NEXTBEST_KAFKA__BOOTSTRAP_SERVERS`);
`SCHEMA_REGISTRY_URL` is read under its customary name too. File: TOML, named by `NEXTBEST_CONFIG`,
one table per group. What is passed in code wins over the environment, which wins over the file.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from runtime.setting_errors import BadSettingsError, explain, unknown_variables
from runtime.setting_groups import (
    DecisionSettings,
    Group,
    IncompleteSenderError,
    IntakeSettings,
    KafkaSettings,
    MetricsSettings,
    RedisSettings,
    SenderSettings,
    TrainerSettings,
    WebSettings,
    WorkerSettings,
)

__all__ = [
    "BadSettingsError",
    "DecisionSettings",
    "Group",
    "IncompleteSenderError",
    "IntakeSettings",
    "KafkaSettings",
    "MetricsSettings",
    "RedisSettings",
    "SenderSettings",
    "Settings",
    "TrainerSettings",
    "WebSettings",
    "WorkerSettings",
    "load_settings",
]

CONFIG_VARIABLE = "NEXTBEST_CONFIG"
BUNDLED_PROGRAMME = Path(__file__).resolve().parent.parent / "programme"


class Settings(BaseSettings):
    """Every setting of every role."""

    model_config = SettingsConfigDict(
        env_prefix="NEXTBEST_",
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        use_attribute_docstrings=True,
    )

    namespace: str = Field(default="", pattern=r"^[A-Za-z0-9._-]{0,64}$")
    """Prefix of topics, consumer groups and keys, its own trailing dot included; letters, digits,
    dots, dashes and underscores."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least level logged."""
    programme_dir: Path = BUNDLED_PROGRAMME
    """Folder of flows.yaml and the templates; the bundled one where unset."""
    data_dir: Path = Path("var")
    """Folder for what a process keeps on disk: Faust's own files, positions of `emit`."""
    clock: Literal["wall", "driven"] = "wall"
    """Whether time is the machine's, or what tick records in the journal say."""
    schema_registry_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("NEXTBEST_SCHEMA_REGISTRY_URL", "SCHEMA_REGISTRY_URL"),
    )
    """Confluent-compatible schema registry; the bundled schemas and their ids where unset."""

    kafka: KafkaSettings = KafkaSettings()
    redis: RedisSettings = RedisSettings()
    intake: IntakeSettings = IntakeSettings()
    worker: WorkerSettings = WorkerSettings()
    trainer: TrainerSettings = TrainerSettings()
    decision: DecisionSettings = DecisionSettings()
    sender: SenderSettings = SenderSettings()
    web: WebSettings = WebSettings()
    metrics: MetricsSettings = MetricsSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Code, then environment, then file."""
        del dotenv_settings, file_secret_settings
        sources: list[PydanticBaseSettingsSource] = [init_settings, env_settings]
        if path := os.environ.get(CONFIG_VARIABLE):
            sources.append(TomlConfigSettingsSource(settings_cls, toml_file=Path(path)))
        return tuple(sources)


def _check_file() -> None:
    path = os.environ.get(CONFIG_VARIABLE)
    if path and not Path(path).is_file():
        raise BadSettingsError([f"{CONFIG_VARIABLE} = {path!r}: there is no such file"])


def load_settings(**overrides: Any) -> Settings:
    """Read and check all settings.

    Args:
        overrides: Values by name that win over environment and file; a group as a mapping of the
            values to change (`kafka={"bootstrap_servers": "…"}`).

    Raises:
        BadSettingsError: Lists every bad value, unknown variable and unknown name in the file.

    """
    _check_file()
    problems = unknown_variables(os.environ, Settings)
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        problems += explain(error, Settings, os.environ)
    except (SettingsError, ValueError) as error:
        problems.append(_unreadable(error))
    if problems:
        raise BadSettingsError(problems)
    return settings


def _unreadable(error: Exception) -> str:
    """Tell of a value that is not even JSON or a file that is not TOML, without the value."""
    if isinstance(error, SettingsError):
        return f"{error}; a whole group or a table is given as JSON"
    return f"{CONFIG_VARIABLE} = {os.environ.get(CONFIG_VARIABLE)!r} is not a TOML file: {error}"


def as_environment(settings: Mapping[str, Any], prefix: str = "NEXTBEST_") -> dict[str, str]:
    """Turn nested plain values into environment variables for a child process.

    Args:
        settings: Names to values; groups as mappings; lists become comma-separated.
        prefix: Put before each name.

    """
    variables: dict[str, str] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            variables |= as_environment(value, f"{prefix}{name.upper()}__")
        elif isinstance(value, list | tuple):
            variables[prefix + name.upper()] = ",".join(str(item) for item in value)
        else:
            variables[prefix + name.upper()] = str(value)
    return variables
