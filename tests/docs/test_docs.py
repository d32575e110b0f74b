"""The documentation is true: settings, commands, named tests and links exist, and the examples run."""

import ast
import configparser
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import pytest
from pydantic import SecretStr

from idp import __version__
from idp.cli import main
from idp.config import Settings
from tests.spec.oidf.modules import logout, redirects

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LONGEST = {"README.md": 119, "CHANGELOG.md": 999}
LONGEST_PAGE = 249


def name_of(path: Path) -> str:
    """Return a page's path inside the repository."""
    return str(path.relative_to(ROOT))


def anchors(path: Path) -> set[str]:
    """Return the anchors that a page's headings make."""
    text = FENCE.sub("", path.read_text())
    return {re.sub(r"[^a-z0-9 _-]", "", title.lower()).strip().replace(" ", "-") for title in HEADING.findall(text)}


def settings_table() -> dict[str, str]:
    """Return the defaults in the table of docs/operate.md by the name of the variable."""
    rows = re.findall(r"^\| `(IDP_[A-Z0-9_]+)` \| ([^|]+) \|", (ROOT / "docs/operate.md").read_text(), re.MULTILINE)
    assert len({name for name, _default in rows}) == len(rows), "a setting is there twice"
    return {name: default.strip() for name, default in rows}


def written(default: Any) -> str:
    """Return how the table writes a default."""
    value = default.get_secret_value() if isinstance(default, SecretStr) else default
    if value in (None, ""):
        return "unset"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_every_setting_is_in_the_table_with_its_default() -> None:
    """The table of settings in docs/operate.md has exactly the settings of the code, in order, each with its default."""
    names = {field: f"IDP_{field.upper()}".replace("IDP_F42_", "IDP_42_") for field in Settings.model_fields}
    expected = {names[field]: written(info.default) for field, info in Settings.model_fields.items()}
    table = settings_table()
    assert table == expected
    assert set(re.findall(r"IDP_[A-Z0-9_]*[A-Z0-9]", "".join(page.read_text() for page in PAGES))) <= set(expected)


def test_every_setting_is_described_in_the_code() -> None:
    """Each setting has its sentence below the field, as the module promises."""
    tree = ast.parse((ROOT / "idp/config/settings.py").read_text())
    (body,) = [node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings"]
    described = {
        field.target.id
        for field, text in zip(body, body[1:], strict=False)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr)
    }
    assert described == set(Settings.model_fields)


def test_each_decision_has_a_number_of_its_own() -> None:
    """No two decisions share a number, and each has in its title the one of its file."""
    files = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    numbers = [path.name[:4] for path in files]
    assert len(set(numbers)) == len(numbers)
    for path, number in zip(files, numbers, strict=True):
        assert path.read_text().startswith(f"# {number}"), path


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_relative_links_resolve(page: Path) -> None:
    """Every link to a file of the repository leads to it, and to a heading where it names one."""
    for link in LINK.findall(FENCE.sub("", page.read_text())):
        parts = urlsplit(link)
        if parts.scheme:
            continue
        target = (page.parent / parts.path).resolve() if parts.path else page
        assert target.exists(), f"{link} leads nowhere"
        assert target.is_relative_to(ROOT), f"{link} leaves the repository"
        assert not parts.fragment or parts.fragment in anchors(target), f"{link} names no heading"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_pages_stay_short(page: Path) -> None:
    """The README stays below 120 lines, every other page below 250."""
    assert len(page.read_text().splitlines()) <= LONGEST.get(name_of(page), LONGEST_PAGE)


def test_every_named_test_exists() -> None:
    """Each test that the two pages of the threat model name stands in a file under tests/."""
    defined = {
        node.name
        for path in ROOT.glob("tests/**/test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    pages = ("docs/threat-model.md", "docs/threat-model-administration.md")
    named = [name for page in pages for name in re.findall(r"`(test_\w+)`", (ROOT / page).read_text())]
    assert len(named) > 50
    assert [name for name in named if name not in defined] == []


def test_every_named_command_exists() -> None:
    """Every `idp ...` and `make ...` in the pages is a command or a target, and no command is left out of docs/commands.md."""
    texts = {name_of(page): page.read_text() for page in PAGES}
    groups = {name: command for name, command in main.commands.items() if isinstance(command, click.Group)}
    commands = {name for name in main.commands if name not in groups}
    commands |= {f"{name} {sub}" for name, group in groups.items() for sub in group.commands}
    for text in texts.values():
        for name, sub in re.findall(r"(?:`|bin/)idp ([a-z-]+)(?: ([a-z][a-z0-9-]*))?", text):
            assert (f"{name} {sub}" if name in groups else name) in commands
    assert [name for name in commands if f"`idp {name}" not in texts["docs/commands.md"]] == []
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    code = [span for text in texts.values() for span in re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL)]
    assert {name for span in code for name in re.findall(r"\bmake ([a-z-]+)", span)} <= targets


def test_the_sentences_for_the_suite_are_those_of_its_modules() -> None:
    """docs/certification.md tells the sentence of each error page that a module of the suite wants to see, and no other."""
    table = (ROOT / "docs/certification.md").read_text().partition("| sentence |")[2]
    assert set(re.findall(r"^\| .+ \| (.+\.) \|$", table, re.MULTILINE)) == {
        redirects.UNREGISTERED,
        redirects.MISSING,
        logout.BAD_HINT,
        logout.NAMELESS,
        logout.BAD_ADDRESS,
    }


def test_the_changelog_knows_this_version() -> None:
    """The version of the package is the newest one of CHANGELOG.md, and the one that setup.cfg gives."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    versions = re.findall(r"^## \[([0-9.]+)\] - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert [__version__, setup["metadata"]["version"]] == [versions[0]] * 2
