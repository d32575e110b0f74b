"""Accent colours: the contrast of WCAG, shades that are legible whatever the colour, and the grounds of the house's own sheet."""

import re
from pathlib import Path
from random import Random

import pytest

from idp.base import accents

SHEET = (Path(__file__).parents[2] / "static/css/idp.css").read_text()


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#767676", "#ffffff", 4.54),
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    """Known ratios come out, whichever colour is named first."""
    assert round(accents.contrast(one, other), 2) == round(accents.contrast(other, one), 2) == ratio


def test_whatever_the_colour_its_shades_are_legible() -> None:
    """Each of two thousand colours has, on both pages, an accent, a stronger and a paler shade and a text on it with 4.5:1."""
    random = Random(12)
    for _number in range(2000):
        colour = f"#{random.randrange(1 << 24):06x}"
        for grounds in (accents.LIGHT, accents.DARK):
            found = accents.shades(colour, grounds)
            pairs = [(found.on_accent, found.accent), (found.on_accent, found.accent_strong)]
            pairs += [(found.accent, found.accent_wash), (found.accent_strong, found.accent_wash)]
            pairs += [(shade, ground) for shade in (found.accent, found.accent_strong) for ground in grounds]
            assert min(accents.contrast(*pair) for pair in pairs) >= accents.AA, (colour, found)


def test_a_legible_colour_stays_as_it_is() -> None:
    """The light page takes a colour that can be read there unchanged; of any other the nearest shade that is told can be read."""
    assert accents.shades("#0b5a52").accent == "#0b5a52"
    assert (accents.is_legible("#ffcc00"), accents.is_legible(accents.nearest_legible("#ffcc00"))) == (False, True)


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("#0B5A52", "#0b5a52"),
        (" #abc ", "#aabbcc"),
        ("0b5a52", None),
        ("#0b5a5", None),
        ("green", None),
        ("#0b5a52;}", None),
    ],
)
def test_colours_are_read_strictly(text: str, colour: str | None) -> None:
    """Six digits after a #, or three of them; nothing else, so that nothing else gets into a sheet."""
    assert accents.normalise(text) == colour


def test_the_grounds_are_those_of_the_sheet() -> None:
    """What contrast is measured against is what the pages are made of, light and dark."""
    for name, place in (("surface", 0), ("sunken", 1), ("ground", 2)):
        light, dark = re.findall(rf"^ +--{name}: (#[0-9a-f]+);", SHEET, re.MULTILINE)[:2]
        assert (accents.normalise(light), dark) == (accents.LIGHT[place], accents.DARK[place])
