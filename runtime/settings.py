"""All settings, from environment variables and a file, checked at start.

Environment: `NEXTBEST_` + name, groups by two underscores (`NEXTBEST_KAFKA__BOOTSTRAP_SERVERS`);
`SCHEMA_REGISTRY_URL` is read under its customary name too. File: TOML, named by `NEXTBEST_CONFIG`,
one table per group. What is passed in code wins over the environment, which wins over the file.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, cast

from pydantic import (
    AliasChoices,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from runtime.guardrail_settings import GuardrailSettings
from runtime.inbound_settings import InboundSettings
from runtime.pace_settings import PaceSettings
from runtime.setting_combinations import (
    GroupRead,
    guardrail_problems,
    kafka_problems,
    redis_problems,
    sender_problems,
    signing_problems,
)
from runtime.setting_errors import (
    BadSettingsError,
    aliases,
    explain,
    setting_path,
    unknown_variables,
)
from runtime.setting_groups import (
    DecisionSettings,
    Group,
    IntakeSettings,
    KafkaSettings,
    MetricsSettings,
    RecommendSettings,
    RedisSettings,
    SenderSettings,
    TrainerSettings,
    WebSettings,
    WorkerSettings,
)
from runtime.setting_sources import Environment, file_values, source_problems
from runtime.setting_values import HttpUrl
from runtime.signing_settings import SigningSettings
from runtime.volume_settings import VolumeSettings
from runtime.webhook_settings import WebhookSettings

__all__ = [
    "BadSettingsError",
    "DecisionSettings",
    "Group",
    "InboundSettings",
    "IntakeSettings",
    "KafkaSettings",
    "MetricsSettings",
    "PaceSettings",
    "Read",
    "RecommendSettings",
    "RedisSettings",
    "SenderSettings",
    "Settings",
    "SigningSettings",
    "TrainerSettings",
    "WebSettings",
    "WebhookSettings",
    "WorkerSettings",
    "as_environment",
    "load_settings",
    "read_settings",
]

BUNDLED_PROGRAMME = Path(__file__).resolve().parent.parent / "programme"
FLOWS_FILE = "flows.yaml"
"""The flows in the programme's folder."""


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
    currency: str = Field(default="EUR", pattern=r"^([A-Z]{3}|any)$")
    """What the catalog's prices are in (ISO 4217); a record in another one is put aside. `any` lets
    each record have its own."""
    schema_registry_url: HttpUrl | None = Field(
        default=None,
        validation_alias=AliasChoices("NEXTBEST_SCHEMA_REGISTRY_URL", "SCHEMA_REGISTRY_URL"),
    )
    """Confluent-compatible schema registry; the bundled schemas and their ids where unset."""

    kafka: KafkaSettings = KafkaSettings()
    redis: RedisSettings = RedisSettings()
    intake: IntakeSettings = IntakeSettings()
    worker: WorkerSettings = WorkerSettings()
    trainer: TrainerSettings = TrainerSettings()
    recommend: RecommendSettings = RecommendSettings()
    decision: DecisionSettings = DecisionSettings()
    sender: SenderSettings = SenderSettings()
    guardrails: GuardrailSettings = GuardrailSettings()
    volume: VolumeSettings = VolumeSettings()
    signing: SigningSettings = SigningSettings()
    pace: PaceSettings = PaceSettings()
    web: WebSettings = WebSettings()
    webhook: WebhookSettings = WebhookSettings()
    inbound: InboundSettings = InboundSettings()
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
        del env_settings, dotenv_settings, file_secret_settings
        found, _problems = file_values()
        return (
            init_settings,
            Environment(settings_cls),
            InitSettingsSource(settings_cls, init_kwargs=found),
        )

    @model_validator(mode="wrap")
    @classmethod
    def _read_as_far_as_right(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Go on without what is wrong, so that everything wrong is told at once."""
        problems = [*unknown_variables(os.environ, cls), *source_problems(cls)]
        wrong: set[tuple[str, ...]] = set()
        while True:
            try:
                settings = handler(given)
                break
            except ValidationError as error:
                problems += explain(error, cls, os.environ)
                places = {setting_path(problem["loc"], cls) for problem in error.errors()}
                if places <= wrong:
                    raise  # leaving them out has changed nothing
                wrong |= places
                given = _without(given, places)
        problems += _combination_problems(settings, wrong)
        if problems:
            raise BadSettingsError(problems, settings, frozenset(wrong))
        return settings


@dataclass(frozen=True, slots=True)
class Read:
    """Settings as far as they could be read.

    Attributes:
        settings: With defaults in place of values that are wrong.
        problems: A line for everything that is wrong.
        wrong: Paths of the settings that are, `("kafka", "linger_ms")` for instance.
    """

    settings: Settings
    problems: list[str]
    wrong: frozenset[tuple[str, ...]] = frozenset()

    def sound(self, *path: str) -> bool:
        """Whether the setting is as the operator gave it, or unset."""
        return path not in self.wrong and path[:1] not in self.wrong


def _without(given: Mapping[str, Any], places: set[tuple[str, ...]]) -> dict[str, Any]:
    left = {n: dict(v) if isinstance(v, Mapping) else v for n, v in given.items()}
    for first, *rest in places:
        group = left.get(first)
        if rest and isinstance(group, dict):
            group.pop(rest[0], None)
            continue
        field = Settings.model_fields.get(first)
        for name in {first} | (aliases(field) if field is not None else set()):
            left.pop(name, None)
    return left


def _combination_problems(settings: Settings, wrong: set[tuple[str, ...]]) -> list[str]:
    def read(name: str, group: Any) -> GroupRead[Any]:
        return GroupRead(name, group, frozenset(path[1] for path in wrong if path[:-1] == (name,)))

    return [
        *kafka_problems(read("kafka", settings.kafka)),
        *redis_problems(read("redis", settings.redis)),
        *sender_problems(read("sender", settings.sender)),
        *guardrail_problems(read("guardrails", settings.guardrails)),
        *signing_problems(read("signing", settings.signing)),
    ]


def load_settings(**overrides: Any) -> Settings:
    """Read and check all settings.

    Args:
        overrides: Values by name that win over environment and file; a group as a mapping of the
            values to change (`kafka={"bootstrap_servers": "…"}`).

    Raises:
        BadSettingsError: Lists every bad value and combination, unknown variable and unknown name
            in the file.

    """
    return Settings(**overrides)


def read_settings() -> Read:
    """Read all settings as far as they are right, and say what is not."""
    try:
        return Read(Settings(), [])
    except BadSettingsError as error:
        return Read(cast("Settings", error.rest), error.problems, error.wrong)


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
