"""The lists of docs/security.md and docs/ux.md are complete, and their tests exist and know what they are there for."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (\d+) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
NUMBERS = r"((?:\d+)(?:(?:, | and )\d+)*)"
LISTS = {
    "docs/security.md": (75, re.compile(rf"(?:\bitems?|\bsecurity\.md) {NUMBERS}")),
    "docs/ux.md": (35, re.compile(rf"\bux\.md {NUMBERS}")),
}


def docstrings() -> dict[str, str]:
    """Return the docstrings of all tests by name; tests of one name together."""
    found: dict[str, str] = {}
    for path in ROOT.glob("tests/**/test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found[node.name] = f"{found.get(node.name, '')} {ast.get_docstring(node)}"
    return found


@pytest.mark.parametrize("page", LISTS)
def test_every_item_has_its_row(page: str) -> None:
    """Each number of a list has one row, in order, with a demand, an answer, and tests or the reason why there are none."""
    rows = ROW.findall((ROOT / page).read_text())
    assert [int(number) for number, _demand, _answer, _tests in rows] == list(range(1, LISTS[page][0] + 1))
    for number, _demand, answer, tests in rows:
        has_reason = tests.startswith("none: ") and answer.startswith("Not there: ")
        assert has_reason or re.fullmatch(r"`test_\w+`(, `test_\w+`)*", tests), f"item {number}"


@pytest.mark.parametrize("page", LISTS)
def test_every_item_is_named_by_a_test(page: str) -> None:
    """Each test of a row exists, and the docstring of one of them at least names the number of the item."""
    known = docstrings()
    _count, mention = LISTS[page]
    for number, _demand, _answer, tests in ROW.findall((ROOT / page).read_text()):
        names = re.findall(r"`(test_\w+)`", tests)
        assert [name for name in names if name not in known] == [], f"item {number}"
        told = {one for name in names for said in mention.findall(known[name]) for one in re.findall(r"\d+", said)}
        assert not names or number in told, f"item {number} is named by none of {names}"
