"""The configuration that docs/libraries.md prints is the one that the relying parties run with."""

import ast
import re
from pathlib import Path

import pytest

from tests.interop.test_more_libraries import LIBRARIES

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "libraries.md"
PROGRAMS = {
    "openid-client": "openid_client.mjs",
    "oauth4webapi": "oauth4webapi.mjs",
    "Authlib": "authlib_flask.py",
    "mozilla-django-oidc": "django_site.py",
    "mod_auth_openidc": "apache.conf",
}
BLOCK = re.compile(r"^```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)


def sections() -> dict[str, list[str]]:
    """Return the blocks of code of each section, by its title."""
    parts = re.split(r"^## (.+)$", PAGE.read_text(), flags=re.MULTILINE)[1:]
    return {title: BLOCK.findall(text) for title, text in zip(parts[::2], parts[1::2], strict=True)}


@pytest.mark.parametrize("library", PROGRAMS)
def test_the_page_prints_what_runs(library: str) -> None:
    """Each line that the page prints for a library stands in the relying party's program, in the same order."""
    blocks = sections()[library]
    assert blocks
    for block in blocks:
        remaining = iter((HERE / PROGRAMS[library]).read_text().splitlines())
        for line in filter(None, block.splitlines()):
            assert line in remaining, f"{PROGRAMS[library]} has no such line, or has it earlier: {line}"


def rows() -> list[list[str]]:
    """Return the cells of each row of the table."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_every_row_is_run_or_says_that_it_is_not() -> None:
    """Each library of the table names a test that exists, or says that it is not run here."""
    defined = {
        node.name
        for path in HERE.parent.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    assert len(rows()) >= 20
    for row in rows():
        assert len(row) == 4, row
        assert row[3] == "not run here" or row[3].strip("`") in defined, row


def test_the_table_has_the_settings_that_run() -> None:
    """What a row prints for a library that is run stands in its program, or is an option of its client, and no library is left out."""
    told = {
        row[0].split(" (")[0].removesuffix(" 2"): row[2] for row in rows() if row[3] == "`test_the_library_signs_in`"
    }
    assert told.keys() == LIBRARIES.keys()
    for name, settings in told.items():
        library = LIBRARIES[name]
        program = (HERE / library.program).read_text() + library.callback + " ".join(library.options)
        assert [text for text in re.findall(r"`([^`]+)`", settings) if text not in program] == [], name
        assert all(option in settings for option in library.options), name


def test_no_library_is_left_out() -> None:
    """The page has a section for each relying party, and no other."""
    assert sections().keys() == PROGRAMS.keys()
