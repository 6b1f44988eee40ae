"""Words of the layout can be read, in light and dark: WCAG 2.2, success criterion 1.4.3 (AA)."""

import re

import pytest

from runtime.settings import BUNDLED_PROGRAMME

LAYOUT = (BUNDLED_PROGRAMME / "templates" / "_layout.html.j2").read_text(encoding="utf-8")
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
LEAST = 4.5
ON = {
    "page": "brand brandlink foot footline footlink",
    "card": "heading text small kicker above name meta price title excerpt by linename lineprice "
    "sumname sumprice",
    "hero": "kicker heroname cost note hurry photo",
    "coupon": "coupon fine",
    "code": "code",
    "saying": "quote by bylink",
    "tile": "tile picture",
    "button": "label",
}


def colours(css: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for selectors, body in RULE.findall(css):
        for selector in selectors.split(","):
            for declaration in body.split(";"):
                name, _, value = declaration.partition(":")
                if name.strip() in {"color", "background-color"}:
                    name_of = selector.strip().removeprefix(".")
                    found.setdefault(name_of, {})[name.strip()] = value.split("!")[0].strip()
    return found


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


LIGHT = colours(LAYOUT.split("<style>")[1].split("</style>")[0])
_NIGHT = LAYOUT.split("(prefers-color-scheme: dark) {")[1].split("\n}")[0]
DARK = {
    name: {**LIGHT.get(name, {}), **colours(_NIGHT).get(name, {})}
    for name in {*LIGHT, *colours(_NIGHT)}
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("ground", "name"), [(ground, name) for ground, names in ON.items() for name in names.split()]
)
def test_words_stand_out_from_their_ground(scheme: str, ground: str, name: str) -> None:
    found = LIGHT if scheme == "light" else DARK
    one = luminance(found[name]["color"])
    other = luminance(found[ground]["background-color"])
    ratio = (max(one, other) + 0.05) / (min(one, other) + 0.05)
    assert ratio >= LEAST, f"{name} on {ground}: {ratio:.2f}"


def test_outlook_s_dark_mode_gets_the_same_colours() -> None:
    assert LAYOUT.count("[data-ogsc]") > 20
    assert LAYOUT.count("[data-ogsb]") >= 8
