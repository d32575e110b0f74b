"""People's text is folded in Python alone: no database lowers, raises or orders it by the rules of its own language."""

import ast
from pathlib import Path

import pytest
from sqlalchemy import Column, String, Text, inspect
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex

from idp.accounts.models import Account, AccountWord
from idp.base.database import Model
from idp.clients.models import Client

ROOT = Path(__file__).parents[2]
SOURCES = sorted(ROOT.glob("idp/**/*.py"))
IN_SQL = {"ilike", "not_ilike", "icontains", "istartswith", "iendswith", "regexp_match", "collate", "match"}
CHANGING_CASE = {"lower", "upper", "initcap"}
# Where the case of a protocol's or a standard's words is nothing.
WORDS_OF_STANDARDS = {
    "idp/accounts/breaches.py": "hexadecimal digits",
    "idp/accounts/details.py": "tags of languages",
    "idp/factors/recovery_codes.py": "codes of this server's making",
}
PEOPLES_ROOMS = (
    "idp/accounts",
    "idp/admin",
    "idp/factors",
    "idp/federation/linking.py",
    "idp/me",
    "idp/signin",
    "idp/contracts/provider",
)


def attributes(path: Path) -> "list[ast.Attribute]":
    """Return every attribute that a file names."""
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)]


def name(path: Path) -> str:
    """Return a file's path within the repository."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_no_statement_changes_the_case_of_peoples_text(path: Path) -> None:
    """No SQL of the package lowers, raises or compares without case: `lower()` of a Turkish database is not Python's."""
    used = {node.attr for node in attributes(path) if node.attr in IN_SQL and ast.unparse(node.value) != "re"}
    used |= {
        f"func.{node.attr}"
        for node in attributes(path)
        if node.attr in CHANGING_CASE and ast.unparse(node.value) == "func"
    }
    texts = {
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    used |= {text for text in texts if "lower(" in text and "SELECT" in text.upper()}
    patterns = {word for word in used if word == "match"}  # of compiled regular expressions
    assert used - patterns == set()


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if name(path).startswith(PEOPLES_ROOMS)], ids=name
)  # fmt: skip
def test_names_are_folded_by_one_function(path: Path) -> None:
    """Where people's names are at home nobody calls `lower()`, `upper()` or `casefold()`: `base.writing` folds them."""
    used = {node.attr for node in attributes(path) if node.attr in {"lower", "upper", "casefold"}}
    allowed = {"casefold"} if path.name == "passwords.py" else set()
    assert used - allowed == set() or name(path) in WORDS_OF_STANDARDS


def test_no_index_folds() -> None:
    """No index of any table is over an expression that changes case."""
    for table in Model.metadata.sorted_tables:
        for index in table.indexes:
            assert "lower" not in str(CreateIndex(index).compile(dialect=postgresql.dialect())), index.name


@pytest.mark.parametrize(
    "column", [Account.username_folded, AccountWord.word, Client.search_text], ids=lambda column: column.key
)
def test_what_is_searched_and_ordered_goes_by_code_points(column: "Column[str]") -> None:
    """The columns in which people and clients are looked up are compared by code points, whatever a database was made for."""
    kind = column.type.dialect_impl(postgresql.dialect())
    assert isinstance(kind, String | Text)
    assert kind.collation == "C"


def test_nobody_changes_an_accounts_names_behind_the_orm() -> None:
    """No statement of the package updates what an account is found by, past the code that keeps its words and its held names."""
    watched = {"username", "username_folded", "email", "sub", "given_name", "family_name", "details"}
    assert watched <= {attribute.key for attribute in inspect(Account).column_attrs}
    guilty = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "values":
                is_account = "update(Account)" in ast.unparse(node.func.value)
                named = {keyword.arg for keyword in node.keywords} & watched
                if is_account and named:
                    guilty.append((name(path), named))
    assert guilty == []
