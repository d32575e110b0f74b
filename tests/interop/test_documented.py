"""The configuration that docs/libraries.md prints is the one that the relying parties run with."""

import re
from pathlib import Path

import pytest

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


def test_no_library_is_left_out() -> None:
    """The page has a section for each relying party, and no other."""
    assert sections().keys() == PROGRAMS.keys()
