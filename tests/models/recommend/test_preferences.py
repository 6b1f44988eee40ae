"""What the programme may say of recommendations: read whole, refused whole."""

import pytest

from models.decay import DAY_MS
from models.errors import ProgrammeError
from models.programme.reading import parse_programme
from models.recommend.preferences import Preferences
from schemas.catalog_entry import Entry
from tests.models.life import product
from tests.models.programme.test_reading import MINIMAL

SECTION = """
recommendations:
  not_again_for: 3d
  per_category: 1
  per_brand: 2
  diversity: 0.5
  boosts: {brands: {Ada: 2}, categories: {sale: 0.5}, tags: {new: 1.5}, margin: 0.5}
"""


def test_what_is_left_out_is_as_usual_and_all_of_it_is_part_of_the_version() -> None:
    plain, wished = parse_programme(MINIMAL), parse_programme(MINIMAL + SECTION)
    assert plain.preferences == Preferences()
    assert wished.preferences == Preferences(
        mailed_ms=3 * DAY_MS,
        per_category=1,
        per_brand=2,
        diversity=0.5,
        margin=0.5,
        brands={"Ada": 2.0},
        categories={"sale": 0.5},
        tags={"new": 1.5},
    )
    assert plain.version != wished.version


def test_everything_wrong_is_listed() -> None:
    wrong = """
recommendations:
  not_again_for: soon
  per_category: 0
  diversity: 2
  colour: red
  boosts: {brands: {Ada: 0}, tags: {new: "2"}, margin: -1}
"""
    with pytest.raises(ProgrammeError) as caught:
        parse_programme(MINIMAL + wrong)
    told = "\n".join(caught.value.problems)
    for place in ("not_again_for", "per_category", "diversity", "colour"):
        assert f"recommendations.{place}: " in told
    for place in ("brands.Ada", "tags.new", "margin"):
        assert f"recommendations.boosts.{place}: " in told


def test_factors_multiply_and_the_price_counts_as_far_as_is_wished() -> None:
    wishes = parse_programme(MINIMAL + SECTION).preferences
    sold = Entry.of(product("p", category="sale", brand="Ada", tags=["new", "x"], price=16.0))
    assert wishes.boosts
    assert wishes.boost(sold) == pytest.approx(4.0 * 0.5 * 2.0 * 1.5)
    assert not Preferences().boosts
    assert Preferences().boost(sold) == 1.0
    assert wishes.boost(Entry.of(product("free", price=0.0))) == 1.0
