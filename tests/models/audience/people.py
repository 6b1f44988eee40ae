"""Programmes with segments, and people to be in them."""

from json import dumps
from typing import Any

import yaml

from models.audience.segments import Segments
from models.intent.asked import Asked
from models.intent.model import IntentModel
from models.person.profile import Profile
from models.programme.flows import Programme
from models.programme.reading import parse_programme
from models.world import World
from tests.models.life import BUNDLED, Life

PLAIN: dict[str, Any] = yaml.safe_load(BUNDLED.read_text(encoding="utf-8"))

ATTRIBUTES: dict[str, Any] = {
    "plan": ["free", "pro"],
    "seats": "number",
    "beta": "boolean",
    "trial_ends": "date",
    "interests": "tags",
    "shoe_size": "text",
}


def programme(
    segments: dict[str, Any],
    attributes: dict[str, Any] | None = None,
    flows: dict[str, Any] | None = None,
) -> Programme:
    """The programme that ships, with these segments in place of its own and of what they start."""
    changed = {**PLAIN, "segments": segments, "attributes": attributes or PLAIN["attributes"]}
    kept = {name: flow for name, flow in PLAIN["flows"].items() if "segment" not in flow}
    changed["flows"] = {**kept, **(flows or {})}
    return parse_programme(dumps(changed)).at_once()  # JSON is YAML, and has no aliases


def life_with(segments: dict[str, Any], **more: Any) -> Life:
    """A person whom nothing has happened to, in a world with these segments."""
    return Life(World(programme(segments, **more)))


def members(life: Life, at_ms: int) -> list[str]:
    """Who they are, by the pure function."""
    asked = Asked(life.profile, at_ms, life.world.intent, life.world.catalog)
    return life.world.programme.segments.members(life.profile, at_ms, asked.intent)


def members_of(segments: Segments, profile: Profile, at_ms: int) -> list[str]:
    """Who somebody is where nothing is learned of what people do next."""
    return segments.members(profile, at_ms, Asked(profile, at_ms, IntentModel(), None).intent)
