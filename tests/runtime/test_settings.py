"""Settings: every bad value is told at once, by name, with what is allowed, without secrets."""

import os
from pathlib import Path

import pytest

from runtime.documentation import settings_page
from runtime.setting_errors import all_fields, variable_name
from runtime.settings import (
    BUNDLED_PROGRAMME,
    BadSettingsError,
    Settings,
    as_environment,
    load_settings,
)

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("NEXTBEST_") or name == "SCHEMA_REGISTRY_URL":
            monkeypatch.delenv(name)


def problems_of(**overrides: object) -> list[str]:
    with pytest.raises(BadSettingsError) as caught:
        load_settings(**overrides)
    return caught.value.problems


def test_defaults_stand_on_their_own() -> None:
    settings = load_settings()
    assert settings.kafka.journal_partitions == 8
    assert settings.sender.allow_recipients == ()
    assert settings.programme_dir == BUNDLED_PROGRAMME
    assert settings.programme_dir.is_dir()


def test_every_problem_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTBEST_KAFKA__JOURNAL_PARTITIONS", "0")
    monkeypatch.setenv("NEXTBEST_KAFKA__BOOTSTRAP_SERVERS", "broker")
    monkeypatch.setenv("NEXTBEST_CLOCK", "sundial")
    monkeypatch.setenv("NEXTBEST_WORKER__CHUNK_RECORD", "5")
    monkeypatch.setenv("NEXTBEST_METRICS__PORT", "70000")
    problems = problems_of()
    assert len(problems) == 5
    told = "\n".join(problems)
    assert "NEXTBEST_KAFKA__JOURNAL_PARTITIONS = '0'" in told
    assert "greater than or equal to 1" in told
    assert "'broker' is not host:port" in told
    assert "'wall' or 'driven'" in told
    assert "did you mean NEXTBEST_WORKER__CHUNK_RECORDS?" in told
    assert "NEXTBEST_METRICS__PORT = '70000'" in told


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NEXTBEST_REDIS__STATE_URL", "http://user:hidden-word@host"),
        ("NEXTBEST_REDIS__STATE_URL", "redis://user:hidden-word@host:abc/0"),
        ("NEXTBEST_SENDER__LINK_SECRET", "hidden-word"),
        ("NEXTBEST_SENDER__LINK_SECRETS_OLD", "a-secret-of-enough-length,hidden-word"),
        ("NEXTBEST_SENDER", '{"link_secret": "hidden-word'),
        ("SCHEMA_REGISTRY_URL", "user:hidden-word@registry"),
        ("SCHEMA_REGISTRY_URL", "ftp://user:hidden-word@registry"),
        ("SCHEMA_REGISTRY_URL", "http://user:hidden-word@registry:x"),
        ("NEXTBEST_SENDER__LNK_SECRET", "hidden-word"),
    ],
)
def test_a_secret_is_never_repeated(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettingsError) as caught:
        load_settings()
    assert name in str(caught.value)
    assert "hidden-word" not in str(caught.value)


def test_secrets_do_not_show_in_the_settings_themselves() -> None:
    settings = load_settings(
        redis={"state_url": "redis://user:hidden-word@host"},
        sender={"link_secret": "hidden-word-of-some-length"},
    )
    assert "hidden-word" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "bad", "told", "good"),
    [
        ("typical_order", 0, "greater than 0", 0.5),
        ("typical_order", "much", "valid number", 200),
        ("typical_order", "inf", "less than or equal to 10000000", 1e7),
        ("mail_cost", "inf", "less than or equal to 10000000", 0),
        ("unsubscribe_cost", 1e160, "less than or equal to 10000000", 1e7),
        ("complaint_cost", "nan", "less than or equal to 10000000", 1e7),
        ("width", -0.01, "greater than or equal to 0", 0),
        ("width", 2.01, "less than or equal to 2", 2),
    ],
)
def test_how_a_decision_is_valued_has_its_limits(
    name: str, bad: object, told: str, good: float
) -> None:
    (problem,) = problems_of(decision={name: bad})
    assert f"NEXTBEST_DECISION__{name.upper()}" in problem
    assert told in problem
    assert getattr(load_settings(decision={name: good}).decision, name) == good


@pytest.mark.parametrize(
    ("group", "name", "value"),
    [
        ("sender", "rate_per_second", "inf"),
        ("sender", "smtp_timeout_seconds", 1e308),
        ("redis", "timeout_seconds", 1e308),
    ],
)
def test_rates_and_times_without_end_are_refused(group: str, name: str, value: object) -> None:
    (problem,) = problems_of(**{group: {name: value}})
    assert f"NEXTBEST_{group.upper()}__{name.upper()}" in problem
    assert "less than or equal to" in problem


@pytest.mark.parametrize("name", ["typical_gain", "temperature"])
def test_settings_of_the_former_choice_are_unknown(name: str) -> None:
    (problem,) = problems_of(decision={name: 1.0})
    assert f"decision.{name} is no setting" in problem


def test_the_file_is_read_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "nextbest.toml"
    file.write_text(
        'namespace = "shop."\nschema_registry_url = "http://registry"\n'
        "[kafka]\nlinger_ms = 1.5\njournal_partitions = 4\n"
        'producer_overrides = { "batch.size" = 1000 }\n'
        '[sender]\nallow_recipients = ["example.com"]\n'
    )
    monkeypatch.setenv("NEXTBEST_CONFIG", str(file))
    monkeypatch.setenv("NEXTBEST_KAFKA__JOURNAL_PARTITIONS", "16")
    settings = load_settings(kafka={"linger_ms": 7})
    assert settings.namespace == "shop."
    assert settings.schema_registry_url == "http://registry"
    assert settings.kafka.journal_partitions == 16
    assert settings.kafka.linger_ms == 7
    assert settings.kafka.producer_overrides == {"batch.size": 1000}
    assert settings.sender.allow_recipients == ("example.com",)


def test_unknown_names_in_the_file_are_errors(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "nextbest.toml"
    file.write_text('nmespace = "x"\n[kafka]\nlinger = 3\n')
    monkeypatch.setenv("NEXTBEST_CONFIG", str(file))
    assert sorted(problems_of()) == [
        "kafka.linger is no setting; did you mean NEXTBEST_KAFKA__LINGER_MS?",
        "nmespace is no setting; did you mean NEXTBEST_NAMESPACE?",
    ]


def test_a_missing_or_unreadable_file_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NEXTBEST_CONFIG", str(tmp_path / "no.toml"))
    assert "no such file" in problems_of()[0]
    (tmp_path / "bad.toml").write_text("= 3")
    monkeypatch.setenv("NEXTBEST_CONFIG", str(tmp_path / "bad.toml"))
    assert "not a TOML file" in problems_of()[0]


def test_what_cannot_be_read_hides_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_bytes(b"# \xff")
    monkeypatch.setenv("NEXTBEST_CONFIG", str(tmp_path / "bad.toml"))
    monkeypatch.setenv("NEXTBEST_REDIS", "words")
    monkeypatch.setenv("NEXTBEST_REDIS__TIMEOUT_SECONDS", "-1")
    monkeypatch.setenv("NEXTBEST_KAFKA__PRODUCER_OVERRIDES", "words")
    told = problems_of()
    assert [problem.partition(" ")[0] for problem in told] == [
        "NEXTBEST_CONFIG",
        "NEXTBEST_REDIS",
        "NEXTBEST_KAFKA__PRODUCER_OVERRIDES",
        "NEXTBEST_REDIS__TIMEOUT_SECONDS",
    ]
    monkeypatch.setenv("NEXTBEST_CONFIG", str(tmp_path))
    assert "Is a directory" in problems_of()[0]


def test_the_registry_is_read_under_its_customary_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEMA_REGISTRY_URL", "http://registry:8081")
    assert load_settings().schema_registry_url == "http://registry:8081"


def test_lists_are_given_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTBEST_SENDER__ALLOW_RECIPIENTS", "anna@example.com, example.org")
    assert load_settings().sender.allow_recipients == ("anna@example.com", "example.org")


def test_what_an_identity_lacks_is_named() -> None:
    settings = load_settings(sender={"from_address": "shop@example.com", "postal_address": " "})
    assert settings.sender.missing_identity() == ["postal_address", "public_url", "link_secret"]


def test_a_complete_identity_is_accepted() -> None:
    settings = load_settings(
        sender={
            "from_address": "shop@example.com",
            "postal_address": "1 Main Street",
            "public_url": "https://mail.example.com/",
            "link_secret": "sixteen characters and more",
        }
    )
    assert settings.sender.missing_identity() == []
    assert settings.sender.public_url == "https://mail.example.com"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "SENDER__ALLOW_RECIPIENTS",
            "foo@@, a@b.example, @c.example, *",
            "nor a domain nor *: 'foo@@'",
        ),
        ("SENDER__ALLOW_RECIPIENTS", "localhost,-x.example", "'localhost', '-x.example'"),
        ("SENDER__FROM_ADDRESS", "foo@@bar.example", "must be a plain address"),
        ("SENDER__REPLY_TO", "foo", "must be a plain address"),
        ("SENDER__LINK_SECRETS_OLD", "long-enough-to-be-one,short", "at least 16 characters"),
        ("SENDER__PUBLIC_URL", "https://shop.example:x", "port is no number"),
        ("SENDER__PUBLIC_URL", "https://shop .example", "without a query or spaces"),
        ("SCHEMA_REGISTRY_URL", "notaurl", "must be an http:// or https:// URL"),
        ("KAFKA__SSL_CAFILE", "/nowhere/ca.pem", "can't be read: No such file"),
        ("KAFKA__SSL_CERTFILE", "/nowhere", "'/nowhere'"),
        ("KAFKA__SSL_KEYFILE", "/", "Is a directory"),
        ("REDIS__SSL_CA_CERTS", "/nowhere/ca.pem", "can't be read: No such file"),
        ("REDIS__SSL_CERTFILE", "/nowhere", "can't be read: No such file"),
        ("REDIS__SSL_KEYFILE", "/nowhere", "can't be read: No such file"),
        ("SENDER__SMTP_CAFILE", "/nowhere", "can't be read: No such file"),
    ],
)
def test_what_would_be_useless_or_unsafe_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"NEXTBEST_{name}", value)
    told = problems_of()[0]
    assert told.startswith(f"NEXTBEST_{name} = ")
    assert said in told


def test_an_address_takes_the_form_of_the_envelope() -> None:
    settings = load_settings(sender={"from_address": "Shop@Bücher.example"})
    assert settings.sender.from_address == "Shop@xn--bcher-kva.example"


def test_a_child_process_reads_back_what_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"namespace": "x.", "kafka": {"linger_ms": 2.5}, "sender": {"allow_recipients": ["*"]}}
    for name, value in as_environment(given).items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.namespace == "x."
    assert settings.kafka.linger_ms == 2.5
    assert settings.sender.allow_recipients == ("*",)


def test_every_setting_is_documented() -> None:
    fields = all_fields(Settings)
    assert [path for path, field in fields.items() if not field.description] == []
    page = settings_page()
    assert [path for path in fields if f"`{variable_name(path)}`" not in page] == []
    # Written by `python -m runtime.documentation`.
    assert (DOCS / "settings.md").read_text(encoding="utf-8") == page


@pytest.mark.parametrize("currency", ["EUR", "DKK", "any"])
def test_the_shop_has_a_currency_or_takes_any(currency: str) -> None:
    assert load_settings(currency=currency).currency == currency


@pytest.mark.parametrize("currency", ["eur", "Euro", "", "EUR,USD"])
def test_what_is_no_currency_is_told(currency: str) -> None:
    assert "NEXTBEST_CURRENCY" in problems_of(currency=currency)[0]
