"""Who may what under /admin: every page names its permission, and docs/permissions.md says of each role what is true."""

import re
from pathlib import Path

import pytest
from flask import Flask

from idp.accounts.authority.permissions import OWNER, PERMISSIONS, ROLES, abouts, meanings, titles
from idp.admin import guard

ROOT = Path(__file__).parents[2]


def admin_views(app: Flask) -> dict[str, tuple[set[str], str | None]]:
    """Return methods and permission of every route under /admin, by path and endpoint."""
    return {
        f"{rule.rule} {rule.endpoint}": (
            set(rule.methods or ()) - {"HEAD", "OPTIONS"},
            getattr(app.view_functions[rule.endpoint], "permission", None),
        )
        for rule in app.url_map.iter_rules()
        if rule.rule == "/admin" or rule.rule.startswith("/admin/")
    }


def test_every_page_of_administrators_names_its_permission(app: Flask) -> None:
    """Every route under /admin is opened by a permission that there is, and none that changes something by one that only reads."""
    views = admin_views(app)
    assert len(views) > 40
    assert {name for name, (_methods, permission) in views.items() if permission not in PERMISSIONS} == set()
    reading = {
        name for name, (methods, permission) in views.items() if "POST" in methods and str(permission).endswith(".read")
    }
    assert reading == set()


def test_every_permission_is_asked_for_somewhere(app: Flask) -> None:
    """No permission is a mere word: a page is opened by it, or the code asks for it beside the page's own."""
    asked = {permission for _methods, permission in admin_views(app).values()}
    source = "".join(path.read_text() for path in ROOT.glob("idp/admin/*.py"))
    assert {name for name in PERMISSIONS if name not in asked and f'"{name}"' not in source} == set()


def test_a_permission_that_there_is_not_breaks_the_start() -> None:
    """A page that names a permission of no role is a mistake that shows at once."""
    with pytest.raises(ValueError, match=r"people\.eat"):
        guard.administers("people.eat")


def test_roles_are_sets_of_permissions(app: Flask) -> None:
    """An owner may everything, nobody else does, every role opens the administration, and each role and permission has its words."""
    assert ROLES[OWNER] == set(PERMISSIONS)
    assert all(permissions < ROLES[OWNER] for role, permissions in ROLES.items() if role != OWNER)
    assert all("overview.read" in permissions for permissions in ROLES.values())
    assert all(name.endswith(".read") for name in ROLES["reader"])
    with app.test_request_context():
        assert titles().keys() == abouts().keys() == ROLES.keys()
        assert set(meanings()) == set(PERMISSIONS)


def test_the_table_of_permissions_is_true(app: Flask) -> None:
    """docs/permissions.md has a row for each permission, in order, a column for each role, and a mark where the role has it."""
    lines = re.findall(r"^\|(.+)\|$", (ROOT / "docs/permissions.md").read_text(), re.MULTILINE)
    rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    head = next(row for row in rows if row[0] == "permission")
    assert head[2:] == [f"`{role}`" for role in ROLES]
    told = {row[0].strip("`"): row for row in rows if row[0].strip("`") in PERMISSIONS}
    assert list(told) == list(PERMISSIONS)
    with app.test_request_context():
        for name, row in told.items():
            assert row[1] == meanings()[name], name
            assert row[2:] == ["yes" if name in permissions else "" for permissions in ROLES.values()], name
