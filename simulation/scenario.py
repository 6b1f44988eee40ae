"""Scenario files: what the simulated shop is like, every parameter with its source.

A scenario is YAML. It may extend a bundled one and then names only what differs. Everything found
wrong is listed at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.programme.fields import Version
from models.programme.yaml_text import LEFT_OUT, plain_yaml
from simulation.errors import ScenarioError

BUNDLED = Path(__file__).resolve().parent / "scenarios"
PROGRAMMES = BUNDLED.parent / "programmes"
"""Flows that scenarios bring along."""

Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Level = Annotated[float, Field(ge=0.0, le=100.0, allow_inf_nan=False)]
Spread = Annotated[float, Field(ge=0.0, le=3.0, allow_inf_nan=False)]


class Parameters(BaseModel):
    """What the shop is like. Shares are 0 to 1; spreads are standard deviations of a logarithm.

    Attributes:
        people: How many subscribers there are; `weeks` how long they are watched.
        newcomers: Share of them who sign up during the run, evenly over it.
        visits_per_week: Mean visits to the shop a person a week, mails aside.
        visits_spread: How unequally people come.
        views_per_visit: Mean products looked at in a visit, 1 to 5.
        searches: Chance that a visit has a search.
        orders: Chance that a visit ends in an order.
        carts: Chance that a visit without an order leaves a cart behind.
        cart_returns: Chance that such a cart is bought unasked within `cart_return_hours`.
        tastes: How unequal a person's interest in categories is; 0 is all the same.
        relevance: How far the chance of a click follows that interest, 0 to 1.
        kinds_spread: How differently people take to kinds of message.
        reads: Chance that a mail is read that doesn't get buried first.
        checks_per_day: How often a day people look at their mail.
        reading_concentration: Share of those looks that falls into the person's own hours; 0 is
            evenly over the day.
        buried_hours: After so many hours half the chance of being read is gone.
        clicks: Chance of a click when read, for a mail without particular interest.
        clicks_spread: How differently people click.
        interest_cart: How much likelier a mail about the cart is clicked; `interest_viewed` about
            products looked at, `interest_wanted` about one that the person wants, `interest_topic`
            about the category clicked, `interest_related` about others, `interest_none` about none.
        conversion: Chance of an order after a click; `conversion_cart` for a mail about the cart.
        conversion_spread: How differently people buy.
        price_sensitive: Share of people who mind the price.
        offer_clicks: By how much one percent of discount raises such a person's clicks, as a share.
        offer_lift: By how much it raises their conversion, as a share.
        unsubscribes: Chance to unsubscribe on reading, unannoyed.
        complaints: Chance to complain on reading, unannoyed.
        annoyance: Each mail of the last week raises both by this, as a logarithm.
        weariness: Each mail of the last week lowers clicks by this, as a logarithm.
        mail_effect: Scales what mail does to orders, unsubscribes and complaints; 0 is nothing.
        bots: Share of people whose mail a machine clicks.
        drift: After which share of the run tastes flip; 1 is never.
        slump: After which share of the run everybody clicks less; 1 is never.
        slump_clicks: By which factor; above 1 they click more.
        products: Products of each category.
        product_tastes: How unequal a person's interest in the products of a category is; 0 is all
            the same, and mails then show what is related instead of what is recommended.
        popularity: How unequally products are liked by everybody.
        buying_fits: How far the chance of an order by mail follows the interest in its first
            product, 0 to 1.
        price_differences: How far prices differ between products and categories; 0 is not at all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    people: Annotated[int, Field(ge=10, le=1_000_000)]
    weeks: Annotated[int, Field(ge=1, le=104)]
    newcomers: Share
    visits_per_week: Annotated[float, Field(gt=0.0, le=5.0, allow_inf_nan=False)]
    visits_spread: Spread
    views_per_visit: Annotated[float, Field(ge=1.0, le=5.0, allow_inf_nan=False)]
    searches: Share
    orders: Share
    carts: Share
    cart_returns: Share
    cart_return_hours: Annotated[float, Field(gt=0.0, le=168.0, allow_inf_nan=False)]
    tastes: Spread
    relevance: Share
    kinds_spread: Spread
    reads: Share
    checks_per_day: Annotated[float, Field(gt=0.0, le=24.0, allow_inf_nan=False)]
    reading_concentration: Share
    buried_hours: Annotated[float, Field(gt=0.0, le=10_000.0, allow_inf_nan=False)]
    clicks: Share
    clicks_spread: Spread
    interest_cart: Level
    interest_viewed: Level
    interest_wanted: Level
    interest_topic: Level
    interest_related: Level
    interest_none: Level
    conversion: Share
    conversion_cart: Share
    conversion_spread: Spread
    price_sensitive: Share
    offer_clicks: Share
    offer_lift: Share
    unsubscribes: Share
    complaints: Share
    annoyance: Level
    weariness: Level
    mail_effect: Share
    bots: Share
    drift: Share
    slump: Share
    slump_clicks: Level
    products: Annotated[int, Field(ge=2, le=200)]
    product_tastes: Spread
    popularity: Spread
    buying_fits: Share
    price_differences: Share


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    value: float | int
    source: Annotated[str, Field(min_length=10)]


class _Text(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: Version
    title: Annotated[str, Field(min_length=3)]
    extends: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")] | None = None
    programme: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")] | None = None
    parameters: dict[str, _Entry]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario as read.

    Attributes:
        name: Of the file, without its ending.
        sources: Parameter to where its value comes from.
        programme: Text of flows that come along with it; None for the shop's own.
    """

    name: str
    title: str
    parameters: Parameters
    sources: Mapping[str, str]
    programme: str | None = None

    @property
    def recommends(self) -> bool:
        """Whether it matters which products are shown, and mails recommend."""
        return self.parameters.product_tastes > 0.0

    def resized(self, people: int | None, weeks: int | None) -> "Scenario":
        """The same shop with fewer or more people or weeks."""
        changes = {"people": people, "weeks": weeks}
        wanted = {name: size for name, size in changes.items() if size is not None}
        values = {**self.parameters.model_dump(), **wanted}
        return replace(self, parameters=_checked(self.name, values))


def bundled() -> list[str]:
    """Names of the scenarios that come along."""
    return sorted(path.stem for path in BUNDLED.glob("*.yaml"))


def load_scenario(where: str) -> Scenario:
    """Read a scenario: a file, or the name of one that comes along.

    Raises:
        ScenarioError: It isn't there, isn't readable, or holds what can't be; all is listed.
    """
    path = Path(where)
    if where in bundled():
        path = BUNDLED / f"{where}.yaml"
    text = _read(where, path)
    entries = dict(text.parameters)
    if text.extends is not None:
        if text.extends not in bundled():
            told = f"extends: there is no {text.extends!r} among {', '.join(bundled())}"
            raise ScenarioError(where, [told])
        base = _read(text.extends, BUNDLED / f"{text.extends}.yaml")
        if base.extends is not None:
            raise ScenarioError(where, [f"extends: {text.extends!r} itself extends another"])
        entries = {**base.parameters, **entries}
    parameters = _checked(where, {name: entry.value for name, entry in entries.items()})
    sources = {name: entry.source for name, entry in entries.items()}
    programme = _programme(where, text.programme) if text.programme else None
    return Scenario(path.stem, text.title, parameters, sources, programme)


def _programme(where: str, name: str) -> str:
    try:
        return (PROGRAMMES / f"{name}.yaml").read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioError(where, [f"programme: there is no {name!r}"]) from error


def _read(where: str, path: Path) -> _Text:
    try:
        plain, unread = plain_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(bundled())
        raise ScenarioError(where, [f"not readable: {error}", f"bundled are: {known}"]) from error
    except (yaml.YAMLError, RecursionError) as error:
        told = " ".join(str(error).split())
        raise ScenarioError(where, [f"not readable as YAML: {told}"]) from error
    problems = list(unread)
    try:
        text = _Text.model_validate(plain)
    except ValidationError as error:
        raise ScenarioError(where, [*problems, *_problems(error)]) from error
    if problems:
        raise ScenarioError(where, problems)
    return text


def _checked(where: str, values: Mapping[str, Any]) -> Parameters:
    try:
        return Parameters.model_validate(values)
    except ValidationError as error:
        raise ScenarioError(where, _problems(error)) from error


def _problems(error: ValidationError) -> list[str]:
    return [
        f"{'.'.join(str(part) for part in problem['loc']) or 'the whole text'}: {problem['msg']}"
        for problem in error.errors()
        if problem["input"] is not LEFT_OUT
    ]
