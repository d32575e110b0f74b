"""Accent colours: one colour that an owner has chosen, checked for contrast, and the shades that pages need of it, light and dark.

Contrast is that of WCAG 2.2 (1.4.3, level AA): 4.5 to 1 for text, also for text on the colour. The light page takes the colour as it is,
or it is refused and the nearest shade that would do is told. The dark page takes it where it can be read, else the nearest lighter shade.
"""

import re
from dataclasses import dataclass

AA = 4.5
COLOUR = re.compile(r"#[0-9a-f]{6}")
SMALLEST = 64  # parts of the way to black or white in which shades are looked for

WHITE, BLACK = "#ffffff", "#000000"
# What the pages are made of (static/css/idp.css): cards and the page around them. A test compares them.
LIGHT, DARK = ("#ffffff", "#f3f6f5", "#e9efed"), ("#18221f", "#131b19", "#0c1312")


@dataclass(frozen=True)
class Shades:
    """The colours of one scheme, named as the sheet has them."""

    accent: str
    accent_strong: str
    accent_wash: str
    on_accent: str


def normalise(text: str) -> str | None:
    """Return a colour as it is kept: # and six digits in small letters; None for what is none. Three digits count twice each."""
    text = text.strip().lower()
    if re.fullmatch(r"#[0-9a-f]{3}", text):
        text = "#" + "".join(digit * 2 for digit in text[1:])
    return text if COLOUR.fullmatch(text) else None


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def lowest(colour: str, grounds: tuple[str, ...] = LIGHT) -> float:
    """Return the contrast of a colour with that of some grounds from which it stands out least."""
    return min(contrast(colour, ground) for ground in grounds)


def is_legible(colour: str) -> bool:
    """Return whether text in a colour can be read on every ground of the light page."""
    return lowest(colour) >= AA


def nearest_legible(colour: str, grounds: tuple[str, ...] = LIGHT) -> str:
    """Return the shade nearest to a colour that can be read on some grounds: darker on light ones, lighter on dark ones."""
    end = BLACK if _luminance(grounds[0]) > 0.5 else WHITE
    shades = (_mix(colour, end, part / SMALLEST) for part in range(SMALLEST + 1))
    return next(shade for shade in shades if lowest(shade, grounds) >= AA)


def shades(colour: str, grounds: tuple[str, ...] = LIGHT) -> Shades:
    """Return the shades of one scheme, of a colour that can be read in it or of the nearest one that can."""
    accent = nearest_legible(colour, grounds)
    on_accent = max((WHITE, BLACK), key=lambda text: contrast(text, accent))
    strong = _mix(accent, WHITE if on_accent == BLACK else BLACK, 0.25)
    washes = (_mix(grounds[0], accent, part / 100) for part in range(14, -1, -1))
    wash = next(wash for wash in washes if contrast(wash, accent) >= AA)
    return Shades(accent, strong, wash, on_accent)


def sheet(colour: str) -> str:
    """Return the style sheet that gives the entrance pages a colour, and a preview that shows both schemes beside one another."""
    light, dark = (_declare(shades(colour, grounds)) for grounds in (LIGHT, DARK))
    return (
        f"@media screen {{\n.entrance, .specimen.light {{ {light} }}\n.specimen.dark {{ {dark} }}\n}}\n"
        f"@media screen and (prefers-color-scheme: dark) {{\n.entrance {{ {dark} }}\n}}\n"
    )


def _declare(found: Shades) -> str:
    return " ".join(f"--{name.replace('_', '-')}: {value};" for name, value in vars(found).items())


def _mix(one: str, other: str, part: float) -> str:
    """Return a colour that is a part of the way from one to another."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2), from 0 to 1."""
    parts = [value / 255 for value in _channels(colour)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
