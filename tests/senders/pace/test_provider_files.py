"""The providers' files: everything wrong in any of them is told at once, with file and key."""

from pathlib import Path

import pytest

from runtime.settings import Read, load_settings
from senders.pace.provider import DEFAULT
from senders.pace.provider_files import (
    BadProvidersError,
    folder_of,
    load_providers,
    provider_problems,
    read_folder,
)


def folder_with(path: Path, **files: str) -> Path:
    path.mkdir(exist_ok=True)
    for name, text in {"default": "", **files}.items():
        (path / f"{name}.toml").write_text(text, encoding="utf-8")
    return path


def test_the_bundled_files_are_right_and_gmail_reports_no_complaints() -> None:
    providers = load_providers(load_settings())
    assert {DEFAULT, "gmail", "microsoft", "yahoo", "apple", "united"} <= set(providers.all)
    assert not providers.all["gmail"].feedback_reports
    assert providers.all["yahoo"].feedback_reports
    assert all(not provider.direct for provider in providers.all.values())


def test_what_a_file_leaves_out_is_as_in_default(tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path / "providers",
        default='messages_per_second = 3\ntls = "required"',
        shop='burst = 7\n[match]\nmx = ["*.shop.example"]',
    )
    found, problems = read_folder(folder)
    assert problems == []
    shop = found["shop"]
    assert (shop.messages_per_second, shop.burst, shop.tls) == (3.0, 7, "required")


def test_everything_wrong_is_told_at_once_with_file_and_key(tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path / "providers",
        default='[match]\ndomains = ["x.example"]',
        a='speed = 3\nburst = 0\n[match]\ndomains = ["a.example"]\nhosts = ["b"]',
        b="connections = 2",
        c='route = "carrier pigeon"\nconnections = "many"\n[match]\nmx = ["*.c.example"]',
        d='[match]\nmx = ["*.d.*", "D.example", "localhost", "*.both.example"]',
        e='[match]\nmx = ["*.both.example"]',
        f='[match]\nmx = ["*.twice.example", "*.twice.example", "*.both.example"]',
        g="connections =",
        h='name = "gmail"\nmessages_per_second = nan\n[match]\nmx = ["*.h.example"]',
        i='[match]\nmx = "*.i.example"',
    )
    (folder / "Bad Name.toml").write_text("", encoding="utf-8")
    _found, problems = read_folder(folder)
    text = "\n".join(problems)
    for told in (
        "Bad Name.toml: the name must be lower case",
        "default.toml: match: default takes those no pattern stands for",
        "a.toml: speed: unknown; there are route",
        "a.toml: burst = 0: input should be greater than or equal to 1",
        "a.toml: match.hosts: unknown; there are domains, mx",
        "b.toml: match: no pattern under domains or mx",
        "c.toml: route = 'carrier pigeon': input should be 'relay' or 'direct'",
        "c.toml: connections = 'many': input should be a valid integer",
        "d.toml: match.mx: '*.d.*' is neither",
        "d.toml: match.mx: 'D.example' is neither",
        "d.toml: match.mx: 'localhost' is neither",
        "f.toml: match.mx: '*.twice.example' stands in f.toml too",
        "f.toml: match.mx: '*.both.example' stands in e.toml too",
        "g.toml: can't be read as TOML",
        "h.toml: name: unknown",
        "h.toml: messages_per_second = nan",
        "i.toml: match.mx",
    ):
        assert told in text
    # Each once: what is wrong in one key doesn't show as two.
    assert len(problems) == len(set(problems)) == 17


def test_a_wrong_default_is_told_as_its_own_and_once(tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path / "providers", default="burst = -1", a='[match]\nmx = ["*.a.example"]'
    )
    _found, problems = read_folder(folder)
    assert [problem.split(":")[0] for problem in problems] == ["default.toml"]


def test_a_folder_without_default_or_none_at_all(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "default.toml is missing" in read_folder(empty)[1][0]
    with pytest.raises(BadProvidersError) as raised:
        load_providers(load_settings(pace={"providers_dir": tmp_path / "nowhere"}))
    assert "default.toml is missing" in str(raised.value)


def test_the_direct_route_without_the_dns_is_refused(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "own", a='route = "direct"\n[match]\nmx = ["*.a.example"]')
    settings = load_settings(pace={"providers_dir": folder, "dns": "static"})
    [problem] = provider_problems(Read(settings, []))
    assert problem.startswith(f"{folder}: a.toml: route: direct needs")
    assert provider_problems(Read(load_settings(pace={"providers_dir": folder}), [])) == []


def test_a_programme_of_ones_own_may_bring_providers_and_need_not(tmp_path: Path) -> None:
    settings = load_settings(programme_dir=tmp_path)
    assert folder_of(settings) == folder_of(load_settings())
    own = folder_with(tmp_path / "providers")
    assert folder_of(settings) == own


def test_one_rate_for_every_provider_may_be_set() -> None:
    providers = load_providers(load_settings(sender={"rate_per_second": 1000, "burst": 500}))
    assert {p.messages_per_second for p in providers.all.values()} == {1000}
    assert {p.burst for p in providers.all.values()} == {500}
