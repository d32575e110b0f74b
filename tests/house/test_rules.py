"""The house rules, as tests: sizes, words, stances, migrations, templates."""

import ast
import inspect
import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_babel import force_locale

from idp import audit, keys, outbox, policies, replay, sessions, throttle
from idp.accounts import models as account_models
from idp.applying import models as applying_models
from idp.attributes import models as attribute_models
from idp.base.database import Model, engine
from idp.base.outcome import Reason
from idp.base.pages import csrf
from idp.base.phrases import sentences
from idp.clients import models as client_models
from idp.contracts.kit import STATUSES
from idp.details import models as details_models
from idp.factors import models as factor_models
from idp.federation import models as federation_models
from idp.groups import models as group_models
from idp.invitations import models as invitation_models
from idp.issuers import models as issuer_models
from idp.jobs import models as job_models
from idp.oauth import models as oauth_models
from idp.pushing import models as pushing_models
from idp.resources import models as resource_models
from idp.roles import models as role_models
from idp.scim import models as scim_models
from idp.signals import models as signal_models
from idp.signin import models as signin_models
from idp.streams import models as stream_models
from idp.tallies import models as tally_models
from idp.terms import models as terms_models
from idp.trail import models as trail_models

ROOT = Path(__file__).parents[2]
TABLES = (
    audit, keys, outbox, policies, replay, sessions, throttle, account_models, applying_models, attribute_models, client_models,
    details_models, factor_models, federation_models, group_models, invitation_models, issuer_models, job_models, oauth_models,
    pushing_models, resource_models, role_models,
    scim_models, signal_models, signin_models, stream_models, tally_models, terms_models, trail_models,
)  # fmt: skip
SOURCES = sorted([*ROOT.glob("idp/**/*.py"), *ROOT.glob("tests/**/*.py")])
TEMPLATES = sorted(ROOT.glob("templates/**/*.html"))
WIRE_WORDS = re.compile(r"accessToken|refreshToken|X-Admin-Key|is_taken|change_list|two_factor_required")
LONGEST_FILE, LONGEST_FUNCTION = 300, 40


def functions(path: Path) -> "list[ast.FunctionDef]":
    """Return every function of a file."""
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]


def own_posts(app: Flask) -> "list[tuple[str, object]]":
    """Return path and view of every route that takes a POST."""
    rules = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    return [(rule.rule, app.view_functions[rule.endpoint]) for rule in rules]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_outgrows_its_room(path: Path) -> None:
    """No Python file is longer than 300 lines, and no function of the package longer than 40."""
    assert len(path.read_text().splitlines()) <= LONGEST_FILE
    if path.is_relative_to(ROOT / "idp"):
        lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions(path)}
        assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_everything_public_says_what_it_is(path: Path) -> None:
    """Every module and public function has a docstring, and every test says in one what it proves."""
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree) or not path.read_text().strip(), "the module has no docstring"
    silent = [node.name for node in functions(path) if not node.name.startswith("_") and not ast.get_docstring(node)]
    nested = {
        inner.name
        for outer in functions(path)
        for inner in ast.walk(outer)
        if inner is not outer and isinstance(inner, ast.FunctionDef)
    }
    assert [name for name in silent if name not in nested] == []


def test_wire_words_stay_in_the_contracts() -> None:
    """The words of the older JSON interfaces occur only under idp/contracts."""
    guilty = [
        str(path.relative_to(ROOT))
        for path in ROOT.glob("idp/**/*.py")
        if WIRE_WORDS.search(path.read_text()) and "contracts" not in path.parts
    ]
    assert guilty == []


def test_every_post_route_declares_its_rate_limit(app: Flask) -> None:
    """Every route that takes a POST says what its request limit is, or why it has none."""
    assert [path for path, view in own_posts(app) if not getattr(view, "rate_limit", None)] == []


def test_every_post_route_has_a_csrf_stance(app: Flask) -> None:
    """Every route that takes a POST checks a CSRF token, or says why it is called by programs only (item 38)."""
    exempt = {path for path, view in own_posts(app) if f"{view.__module__}.{view.__name__}" in csrf._exempt_views}
    declared = {path for path, view in own_posts(app) if getattr(view, "csrf_stance", None)}
    assert exempt == declared
    assert app.config["WTF_CSRF_CHECK_DEFAULT"] is True


def test_forms_without_a_token_change_nothing(app: Flask) -> None:
    """A POST without a CSRF token to any page is sent back to its form with 303 (item 38)."""
    client = app.test_client()
    for path, view in own_posts(app):
        if getattr(view, "csrf_stance", None) or "<" in path:
            continue
        answer = client.post(path, data={})
        assert (answer.status_code, path) == (303, path)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_have_no_inline_script_or_style(path: Path) -> None:
    """No page carries inline script, inline style or an event handler, which the CSP would refuse anyway (item 36)."""
    text = path.read_text()
    if "mail" in path.parts:
        return
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_macro_is_defined_once(path: Path) -> None:
    """No template has two macros or blocks of one name, of which Jinja would take the last without a word."""
    text = path.read_text()
    for kind in ("macro", "block"):
        names = re.findall(rf"{{%-? ?{kind} (\w+)", text)
        assert len(set(names)) == len(names), kind


def test_one_place_leads_elsewhere() -> None:
    """Nothing but `base/leaving` writes a `Location` or a `form-action`, so that no form of ours ends at a blocked page."""
    words = re.compile(r"[\"']Location[\"']|form-action")
    guilty = {
        str(path.relative_to(ROOT / "idp"))
        for path in ROOT.glob("idp/**/*.py")
        if words.search(path.read_text()) and "demo" not in path.parts
    }
    assert guilty <= {"base/leaving.py", "base/http.py", "contracts/openapi/document.py"}


# GETs that write and do nothing by it, and what they write.
LOOKING = {"registration.show_registration": "a line about a wrong token"}


def test_a_get_that_acts_says_so(app: Flask) -> None:
    """Every GET that writes, itself or through a function beside it, is declared by `@acts`, so that neither HEAD nor a prefetch acts."""
    undeclared = set()
    for rule in app.url_map.iter_rules():
        view = inspect.unwrap(app.view_functions[rule.endpoint])
        if "GET" not in (rule.methods or ()) or not view.__module__.startswith("idp."):
            continue
        writers = writing_functions(Path(inspect.getfile(view)))
        if view.__name__ in writers and not getattr(app.view_functions[rule.endpoint], "acts", False):
            undeclared.add(rule.endpoint)
    assert undeclared <= LOOKING.keys()


def writing_functions(path: Path) -> set[str]:
    """Return the functions of a module that say that they write although the request's method is safe, or call one that does."""
    calls = {
        node.name: {
            called.func.id if isinstance(called.func, ast.Name) else called.func.attr
            for called in ast.walk(node)
            if isinstance(called, ast.Call) and isinstance(called.func, ast.Name | ast.Attribute)
        }
        for node in functions(path)
    }
    found = {"for_writing"}
    while more := {name for name, called in calls.items() if called & found} - found:
        found |= more
    return found


def test_looking_at_what_acts_does_nothing(app: Flask) -> None:
    """HEAD is 405 at every GET that acts, and a browser that fetches ahead hears 503 (RFC 9110, section 9.2.1)."""
    client = app.test_client()
    acting = [
        rule.rule for rule in app.url_map.iter_rules() if getattr(app.view_functions[rule.endpoint], "acts", False)
    ]
    paths = {path.replace("<provider_key>", "google").replace("<auth_service>", "git") for path in acting}
    assert {"/oauth/authorize", "/oauth/resume", "/oauth/logout"} < paths
    assert len(paths) == 7
    for path in paths:
        looked = client.head(path)
        assert (looked.status_code, "GET" in looked.headers["Allow"]) == (405, True), path
        assert "HEAD" not in looked.headers["Allow"]
        for told in ({"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}, {"X-Moz": "prefetch"}):
            assert client.get(path, headers=told).status_code == 503, path


@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_migrations_match_the_models(app: Flask) -> None:
    """The migrated database has exactly the tables, columns and indexes that the models declare."""
    assert len(TABLES) == 29
    with app.app_context(), engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [
            difference
            for difference in compare_metadata(context, Model.metadata)
            # SQLite cannot reflect an index over an expression, so it is looked for by name below.
            if "uq_accounts_username_folded" not in repr(difference)
        ]
        assert differences == []
        indexes = (
            "SELECT name FROM sqlite_master"
            if connection.dialect.name == "sqlite"
            else "SELECT indexname FROM pg_indexes"
        )
        assert "uq_accounts_username_folded" in set(connection.exec_driver_sql(indexes).scalars())


def test_every_reason_has_a_sentence(app: Flask) -> None:
    """Every reason for a refusal has a sentence for people."""
    with app.test_request_context(), force_locale("en"):
        assert set(sentences()) == set(Reason)


def test_every_reason_has_a_status_at_older_interfaces() -> None:
    """Every reason for a refusal has a status where an interface has none of its own: a lookup that fails there would be a 500."""
    assert set(STATUSES) == set(Reason)


def test_the_repository_names_no_registry() -> None:
    """Lock files name packages and hashes, no host."""
    for path in ROOT.glob("requirements/*.txt"):
        assert "://" not in path.read_text()
