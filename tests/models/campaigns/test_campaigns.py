"""What a campaign may say, and a person's turn in one."""

from typing import Any

import pytest
import yaml

from models.campaigns.begin import timer_of
from models.campaigns.campaign import moment_ms
from models.errors import ProgrammeError
from models.programme.reading import parse_programme
from models.step import Record, Step
from models.world import PolicySettings, World
from tests.models.life import BUNDLED, DAY_MS, HOUR_MS, NOON_MS, REGISTRY, Life, product

SALE: dict[str, Any] = {
    "audience": "all",
    "starts": "2023-11-15 10:00",
    "ends": "2023-11-16 18:00",
    "goal": "buy",
    "expires": "6h",
    "cancel": ["purchase", "opt_out"],
    "content": "related",
    "messages": [{"type": "sale", "template": "win_back", "clicks": 0.2}],
}
"""Two hours before noon, Berlin time, to the evening of the next day."""


def programme(**changes: Any) -> str:
    plain = yaml.safe_load(BUNDLED.read_text(encoding="utf-8"))
    plain["campaigns"] = {"sale": {**SALE, **changes}}
    return yaml.safe_dump(plain)


def reader(**changes: Any) -> Life:
    life = Life(World(parse_programme(programme(**changes))))
    life.world.policy = PolicySettings(learning=False)
    life.world.catalog.put(product("tent-1"))
    return life.reachable()


def turn(life: Life, at_ms: int) -> list[Record]:
    """The person's turn, as a fan-out gives it; gives the decisions that follow."""
    before, step = len(life.decisions), Step(life.subscriber, at_ms)
    REGISTRY.timers["campaign"](timer_of("sale"), at_ms, life.profile, step, life.world)
    life._take(step)
    return life.decisions[before:]


def test_times_are_read_where_the_programme_lives_or_with_their_offset() -> None:
    (campaign,) = parse_programme(programme()).campaigns.values()
    assert campaign.starts_ms == NOON_MS - 2 * HOUR_MS
    assert campaign.ends_ms == NOON_MS + 30 * HOUR_MS
    assert moment_ms("2023-11-15T10:00+01:00", "UTC") == campaign.starts_ms
    assert parse_programme(programme(starts="2023-11-15T10:00+01:00")).campaigns["sale"] == campaign


def test_a_person_is_decided_for_once_while_it_is_open() -> None:
    life = reader()
    assert turn(life, NOON_MS - 3 * HOUR_MS) == []
    (decision,) = turn(life, NOON_MS)
    assert (decision["flow"], decision["trigger"]["kind"]) == ("sale", "campaign")
    assert turn(life, NOON_MS + 1) == turn(life, NOON_MS + DAY_MS) == []
    late = reader()
    assert turn(late, NOON_MS + 30 * HOUR_MS) == []
    assert late.profile.armed.keys() == reader().profile.armed.keys()


def test_quiet_hours_are_waited_for_as_long_as_it_is_open() -> None:
    life = reader()
    assert turn(life, NOON_MS + 10 * HOUR_MS) == []
    life.pass_time(NOON_MS + 30 * HOUR_MS)
    (decision,) = [d for d in life.decisions if d["flow"] == "sale"]
    assert decision["decided_at"] == NOON_MS + 20 * HOUR_MS, "eight in the morning"
    short = reader(ends="2023-11-15 23:00")
    (held,) = turn(short, NOON_MS + 10 * HOUR_MS)
    assert held["reasons"] == ["quiet_hours"]


def test_who_bought_since_it_began_is_left_alone_and_a_purchase_ends_what_waits() -> None:
    life = reader()
    life.happens("purchase", NOON_MS - HOUR_MS, total=5.0)
    assert turn(life, NOON_MS) == []
    waiting = reader()
    turn(waiting, NOON_MS + 10 * HOUR_MS)
    waiting.happens("purchase", NOON_MS + 11 * HOUR_MS, total=5.0)
    assert "flow:sale" not in waiting.timers


def test_who_cannot_be_mailed_and_an_unknown_campaign_have_no_turn() -> None:
    life = reader()
    life.happens("consent", NOON_MS - 1, action="opt_out")
    assert turn(life, NOON_MS) == []
    del life.world.programme.campaigns["sale"]
    assert turn(life, NOON_MS) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"ends": "2023-11-15 10:00"}, "campaigns.sale.ends: it ends before it starts"),
        ({"starts": "tomorrow"}, "campaigns.sale.starts: 'tomorrow' is no date and time"),
        ({"starts": 5}, "campaigns.sale.starts: 5 is no text"),
        ({"audience": ["strangers"]}, "campaigns.sale.audience: there is no segment 'strangers'"),
        ({"audience": []}, "campaigns.sale.audience"),
        ({"content": "wanted"}, "campaigns.sale.content: a campaign is about no one product"),
        ({"goal": "fame"}, "campaigns.sale.goal: there is no goal 'fame'"),
        (
            {"messages": [{"type": "a", "template": "b", "offers": ["huge"]}]},
            "campaigns.sale.messages.0.offers: there is no offer 'huge'",
        ),
        (
            {"messages": [{"type": "a", "template": "b", "only": ["strangers"]}]},
            "campaigns.sale.messages.0.only: there is no segment 'strangers'",
        ),
        ({"delay": "1h"}, "campaigns.sale.delay: Extra inputs"),
    ],
)
def test_what_is_wrong_with_a_campaign_is_told(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ProgrammeError) as caught:
        parse_programme(programme(**changes))
    assert any(found.startswith(problem) for found in caught.value.problems), caught.value.problems


def test_a_campaign_has_a_name_of_its_own_and_no_flow_is_one() -> None:
    plain = yaml.safe_load(programme())
    plain["campaigns"] |= {"welcome": SALE} | {f"sale_{n}": SALE for n in range(9)}
    plain["flows"]["win_back"]["trigger"] = "campaign"
    with pytest.raises(ProgrammeError) as caught:
        parse_programme(yaml.safe_dump(plain))
    told = "\n".join(caught.value.problems)
    assert "campaigns.welcome: a flow has that name" in told
    assert "campaigns: with the flows there are more than 20" in told
    assert "flows.win_back.trigger: campaigns stand in a section of their own" in told


def test_who_can_be_mailed_only_while_it_is_open_has_their_turn_at_once() -> None:
    life = Life(World(parse_programme(programme(capped=False))))
    life.happens("consent", NOON_MS)
    life.happens("profile", NOON_MS + 1, address="a@example.org")
    assert sorted(d["flow"] for d in life.decisions) == ["sale", "welcome"]
    assert turn(life, NOON_MS + 2) == []
