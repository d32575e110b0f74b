"""What people write: characters that may stand in a name, the forms that are compared and searched, and typed codes."""

import pytest

from idp.base import writing
from idp.base.writing import Fault

ENGLAND = "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in "gbeng") + "\U000e007f"


@pytest.mark.parametrize(
    "name",
    [
        "می\u200cخواهم",  # Persian, with a non-joiner
        "شاه\u200cنعمت\u200cالله",
        "ශ්\u200dරී ලංකා",  # Sinhala, with a joiner after the virama
        "क्\u200dष",
        "ه\u200d",  # the Arabic abbreviation of Hijri ends with a joiner
        "👩\u200d👩\u200d👧",
        "👩🏽\u200d💻 Ann",
        "❤\ufe0f\u200d🔥",
        "\U0001fae8",  # an emoji of Unicode 15
        ENGLAND,
        "Zoë Łukasz O’Brien",
        "山田 太郎",
        "",
    ],
)
def test_names_of_all_scripts_stay_as_they_are(name: str) -> None:
    """Joiners where a script or an emoji needs them, marks and letters of any script are kept, character by character."""
    assert writing.tidy(name) == name
    assert writing.find_fault(name) is None


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Ann\u00a0Lee", "Ann Lee"),
        ("Ann\u202f\u3000Lee", "Ann  Lee"),
        ("ad\u200cmin", "admin"),
        ("ad\u200dmin\u200b", "admin"),
        ("\u200cAnn", "Ann"),
        ("دانی\u200c\u200cال", "دانی\u200cال"),
        ("יוסי\u200f", "יוסי"),
        ("\ufeffAnn\u2060 \u00adLee", "Ann Lee"),
    ],
)
def test_what_is_not_seen_and_means_nothing_is_dropped(name: str, kept: str) -> None:
    """Every space becomes an ordinary one; joiners between letters that know none, and what came along by copying, go."""
    assert writing.tidy(name) == kept
    assert writing.find_fault(kept) is None


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("a\nb", Fault.CONTROL),
        ("a\x00b", Fault.CONTROL),
        ("a\x7fb", Fault.CONTROL),
        ("a\u2028b", Fault.CONTROL),
        ("\ud800", Fault.CONTROL),
        ("a\ue000", Fault.CONTROL),
        ("a\ufdd0", Fault.CONTROL),
        ("Ann\U000e0061", Fault.CONTROL),  # a tag that spells no flag
        ("a\u202eb", Fault.TURNING),
        ("a\u202a", Fault.TURNING),
        ("\u2067Ann\u2069", Fault.TURNING),
        ("\u200b\u200b", Fault.INVISIBLE),
        ("\u200d", Fault.INVISIBLE),
        ("\u3164", Fault.INVISIBLE),
        ("\u2800\u00a0\u2800", Fault.INVISIBLE),
        ("\u115f\u1160", Fault.INVISIBLE),
        ("\u0301", Fault.INVISIBLE),
        ("\ufe0f", Fault.INVISIBLE),
        ("\u034f", Fault.INVISIBLE),
    ],
)
def test_what_cannot_be_read_is_refused(name: str, fault: Fault) -> None:
    """Controls, what turns the text after it, and names of which nothing is seen are refused, each for its own reason."""
    assert writing.find_fault(writing.tidy(name)) is fault


@pytest.mark.parametrize(
    ("name", "folded"),
    [("INAN", "inan"), ("ＩＮＡＮ", "inan"), ("Ａnn.1", "ann.1"), ("\u212aim", "kim"), ("STRAẞE", "strasse")],
)
def test_names_are_folded_alike_everywhere(name: str, folded: str) -> None:
    """Case and compatibility forms are nothing, by Unicode's rules and no country's; folding twice changes nothing."""
    assert writing.fold(name) == folded
    assert writing.fold(folded) == folded


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Carla Müller-Lüdenscheidt", ["carla", "muller", "ludenscheidt"]),
        ("Carla Mu\u0308ller", ["carla", "muller"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("ИВАНОВ", ["иванов"]),
        ("ΟΔΥΣΣΕΎΣ", ["οδυσσευσ"]),
        ("Οδυσσεύς", ["οδυσσευσ"]),
        ("İnan ınan INAN", ["inan", "inan", "inan"]),
        ("Łukasz Øre Æsir", ["lukasz", "ore", "aesir"]),
        ("carla+x@Example.com", ["carla", "x", "example", "com"]),
        ("می\u200cخواهم", ["میخواهم"]),
        ("%_ 🦄", ["🦄"]),
        ("% _", []),
    ],
)
def test_searched_words_have_no_case_and_no_accents(text: str, words: list[str]) -> None:
    """A text and its plain spelling have the same words."""
    assert writing.words(text) == words


@pytest.mark.parametrize(
    "typed",
    ["123456", " 123 456 ", "123-456", "123–456", "１２３４５６", "۱۲۳۴۵۶", "١٢٣٤٥٦", "१२३ ४५६", "১২৩৪৫৬", "123\u200b456", "𝟏𝟐𝟑𝟒𝟓𝟔"],
)  # fmt: skip
def test_digits_of_every_script_are_digits(typed: str) -> None:
    """A code is the same in fullwidth, Arabic, Persian, Devanagari and Bengali digits, with spaces and any hyphens in it."""
    assert writing.read_code(typed) == "123456"


def test_a_typed_code_is_looked_at_within_bounds() -> None:
    """Capitals come out for small letters; what is far too long is nothing, before any work is done on it."""
    assert writing.read_code("ab-c １d2") == "ABC1D2"
    assert writing.read_code("1" * 65) == ""
    assert writing.read_code("½³①") != "123"
