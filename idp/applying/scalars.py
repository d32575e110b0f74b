"""What YAML readers take a plain scalar for: one without quotes, which is not the same for all of them.

YAML 1.2 (core schema, section 10.3.2) and 1.1 differ: `no`, `on`, `0777`, `1_000`, `12:30` are texts to the one, and something else to the
other. Nothing is guessed here: where a text is needed, whatever any reader would take for something else has to stand in quotes.
"""

import re

NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
TRUE, FALSE = frozenset({"true", "True", "TRUE"}), frozenset({"false", "False", "FALSE"})
# Truth values of YAML 1.1 alone, in whatever case.
FORMER_TRUTHS = frozenset({"y", "yes", "on", "n", "no", "off"})
WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")
LIKE_A_NUMBER = re.compile(
    r"[-+]?(\.[0-9_]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?"  # decimal, in YAML 1.1 with underscores
    r"|[-+]?(0o?[0-7_]+|0x[0-9a-fA-F_]+|0b[01_]+)"
    r"|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"  # to the base of sixty (YAML 1.1)
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
LIKE_A_TIME = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?")


def taken_for(text: str) -> str | None:
    """Return what some YAML reader takes a plain scalar for, in words; None where all of them take it for a text."""
    if text in NOTHING:
        return "no value"
    if text in TRUE or text in FALSE or text.lower() in FORMER_TRUTHS:
        return "true or false"
    if LIKE_A_NUMBER.fullmatch(text):
        return "a number"
    if LIKE_A_TIME.fullmatch(text):
        return "a time"
    return "a merge of other members" if text in ("<<", "=") else None
