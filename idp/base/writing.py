"""What people write: how it is compared and searched, which characters may stand in it, and how a typed code is read.

All of it is decided here and never by a database, whose `lower()` goes by the language that it was made for.
"""

import unicodedata
from enum import Enum

LONGEST_TEXT = 1000  # characters; what is longer is no name
LONGEST_CODE = 64  # characters that are looked at, with the spaces and hyphens between them

JOINERS = "\u200c\u200d"  # zero width (non-)joiner: they shape Persian, Sinhala and other words, and join emoji
TAGS = range(0xE0020, 0xE0080)  # they spell the flags of England, Scotland and Wales, after a black flag
BLACK_FLAG = "\U0001f3f4"
# Marks of direction, hyphens and spaces that are not seen, and operators: they come along when text is copied.
MEANINGLESS = frozenset("\u00ad\u061c\u180e\u200b\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff")
TURNING = frozenset(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x2070)]))  # embeddings, overrides, isolates
# Format characters that are seen: signs that stand before numbers in Arabic, Syriac and Kaithi.
SEEN_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # letters and signs that show nothing
# Scripts whose letters take no joiner; there it is dropped, for it can only make one name look like another.
UNJOINED = frozenset(
    {"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "GEORGIAN", "HEBREW", "CJK", "HANGUL", "HIRAGANA", "KATAKANA"}
    | {"FULLWIDTH", "HALFWIDTH", "MATHEMATICAL", "DIGIT"}
)
# Small letters that have no accent that could be taken off, as people type them who lack the key.
PLAIN = str.maketrans({"ı": "i", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th"})


class Fault(Enum):
    """Why a text cannot stand where people read it."""

    CONTROL = "control"  # control characters, line breaks, halves of characters, what nobody has assigned
    TURNING = "turning"  # what turns the direction of the text after it
    INVISIBLE = "invisible"  # nothing of it can be seen


def fold(text: str) -> str:
    """Return the form in which names are compared: NFKC, without case (Unicode, section 3.13, D146), NFKC again."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def plain(text: str) -> str:
    """Return the form in which people search: without case, accents and invisible characters; "ß" is "ss"."""
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = (c for c in bare if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    return "".join(kept).translate(PLAIN)


def words(text: str) -> list[str]:
    """Return the words of a text in their plain form, in order; punctuation and spaces part them."""
    parted = (" " if unicodedata.category(c)[0] in "ZPC" or unicodedata.category(c) == "Sm" else c for c in plain(text))
    return "".join(parted).split()


def tidy(text: str) -> str:
    """Return a text as it is kept: every space an ordinary one, and nothing in it that neither is seen nor shapes what is.

    One of which nothing would be left stays as it is, for `find_fault` to refuse, as one does that is too long for any name.
    """
    if len(text) > LONGEST_TEXT:
        return text
    kept = "".join(_spaced(text, place) for place in range(len(text)))
    return kept if kept.strip() or not text.strip() else text


def find_fault(text: str) -> Fault | None:
    """Return what is wrong with the characters of a text, or None; an empty one is nobody's fault."""
    categories = {c: _category(c) for c in set(text)}
    if any(c in TURNING for c in text):
        return Fault.TURNING
    for place, c in enumerate(text):
        is_known = c in MEANINGLESS or c in SEEN_FORMATS or c in JOINERS or _is_tag(text, place)
        if categories[c] in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} or (categories[c] == "Cf" and not is_known):
            return Fault.CONTROL
    if text.strip() and not any(_is_seen(c, categories[c]) for c in text):
        return Fault.INVISIBLE
    return None


def read_code(text: str) -> str:
    """Return a typed code in ASCII capitals and digits as far as it has any: digits of every script count, spaces and
    hyphens do not. Nothing for what is far too long.
    """
    if len(text) > LONGEST_CODE:
        return ""
    kept = (c for c in ascii_digits(text) if not c.isspace() and unicodedata.category(c) not in {"Cf", "Pd"})
    return "".join(kept).replace("\u2212", "").upper()


def ascii_digits(text: str) -> str:
    """Return a text in NFKC with each decimal digit, of whatever script, as the ASCII one of the same value."""
    digits = ((c, unicodedata.decimal(c, None)) for c in unicodedata.normalize("NFKC", text))
    return "".join(c if digit is None else str(digit) for c, digit in digits)


def _spaced(text: str, place: int) -> str:
    """Return what is kept of one character of a text."""
    c = text[place]
    if unicodedata.category(c) == "Zs":
        return " "
    if c in JOINERS:
        return c if _joins(text, place) else ""
    return "" if c in MEANINGLESS else c


def _joins(text: str, place: int) -> bool:
    """Return whether a joiner shapes what it stands between: letters of a script that knows it, or two emoji."""
    before, after = text[place - 1 : place], text[place + 1 :].lstrip(JOINERS)[:1]
    if not before:
        return False
    if _is_pictured(before):
        return text[place] == JOINERS[1] and _is_pictured(after)
    if unicodedata.category(before)[0] not in "LM" or unicodedata.name(before, "").split(" ")[0] in UNJOINED:
        return False
    # A joiner also shapes the last letter of a word, as in the Arabic abbreviation of Hijri.
    return text[place] == JOINERS[1] or unicodedata.category(after or " ")[0] in "LMN"


def _is_pictured(c: str) -> bool:
    """Return whether a character is an emoji, or ends one: a skin tone, a variation selector."""
    return bool(c) and (_category(c) in {"So", "Sk"} or c in "\ufe0f\u20e3" or ord(c) in TAGS)


def _is_tag(text: str, place: int) -> bool:
    """Return whether a character spells a flag: after a black one, with nothing but others of its kind between."""
    return ord(text[place]) in TAGS and text[:place].rstrip("".join(map(chr, TAGS))).endswith(BLACK_FLAG)


def _category(c: str) -> str:
    """Return the general category; what this Python does not know yet in the higher planes is a new emoji or letter."""
    category = unicodedata.category(c)
    is_new = category == "Cn" and 0x10000 <= ord(c) < 0x40000 and ord(c) & 0xFFFE != 0xFFFE
    return "So" if is_new else category


def _is_seen(c: str, category: str) -> bool:
    return c in SEEN_FORMATS or (category[0] in "LNPS" and c not in BLANK)
