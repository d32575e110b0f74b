"""Strategies: values that are good, on the edge or random, and ways to write them down that are not always right."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote_from_bytes

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.generated.judging import MARK
from tests.generated.stage import Stage

Pairs = list[tuple[str, str, str]]  # name, value, manner of writing

EDGES = (
    "", " ", "\0", "a\0b", "\ud800", "\udcff", "%", "%00", "%zz", "+", "&", "=", ";", "'", '"', "\\", "\r\nSet-Cookie: a=b", "\n",
    "\x7f", "\u2028", "\u202e", "\U0010ffff", "e\u0301", "\u0130", "a" * 256, "a" * 4097, "\u00fc" * 2100, "a" * 9000, MARK,
    f'">{MARK}', "javascript:alert(1)", "https://evil.example/", "//evil.example", "https://rp.example/callback@evil.example",
    "0", "-1", "1.5", "1e3", "\u0661", "9" * 9, "9" * 30, "true", "null", "[]", "{}", "none", "..", "a.b.c", "${7*7}", "{{7*7}}",
)  # fmt: skip
MANNERS = (*["quoted"] * 12, "plus", "raw", "cut")
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


def examples(number: int) -> settings:
    """Return settings for this many examples, the same ones in each run: `make fuzz` looks further."""
    return settings(max_examples=number, derandomize=True, database=None, deadline=None, suppress_health_check=QUIET)


def values(good: Sequence[str]) -> st.SearchStrategy[str]:
    """Draw a good value mostly, else an edge or any text; `@name` stands for a token of the stage."""
    return st.one_of(*[st.sampled_from(good)] * 5, st.sampled_from(EDGES), st.text(max_size=30))


def pairs(known: Mapping[str, Sequence[str]], most: int = 3) -> st.SearchStrategy[Pairs]:
    """Draw parameters, in any order and number: known ones with values of theirs, of others, and unknown ones."""
    any_value = values([value for good in known.values() for value in good])
    own = [st.tuples(st.just(name), values(good), st.sampled_from(MANNERS)) for name, good in known.items()]
    foreign = st.tuples(st.sampled_from([*known, "", "unknown", "\0", "\ud800"]), any_value, st.sampled_from(MANNERS))
    return st.lists(st.one_of(*own, foreign), max_size=most)


def changed(base: Mapping[str, str], drawn: Pairs, *, repeats: bool) -> Pairs:
    """Return parameters with some of them changed, or said once more."""
    names = set() if repeats else {name for name, _value, _manner in drawn}
    return [(name, value, "quoted") for name, value in base.items() if name not in names] + drawn


def written(stage: Stage, drawn: Pairs) -> bytes:
    """Write parameters as a query or a form's body, each in its manner."""
    return b"&".join(_write(name, "quoted") + b"=" + _write(_fill(stage, value), how) for name, value, how in drawn)


def _fill(stage: Stage, value: str) -> str:
    return stage.tokens.get(value[1:], value) if value.startswith("@") else value


def _write(text: str, manner: str) -> bytes:
    raw = text.encode("utf-8", "surrogatepass")
    match manner:
        case "raw":
            return raw
        case "plus":
            return quote_from_bytes(raw, safe=" ").replace(" ", "+").encode()
        case "cut":
            return quote_from_bytes(raw, safe="").encode() + b"%f"
        case _:
            return quote_from_bytes(raw, safe="").encode()
