"""The administrators' pages of groups: making, moving, deleting, members and owners."""

import re
from collections.abc import Callable

from flask import Flask

from idp.base.database import commit
from idp.groups import lookup, members
from tests.admin.conftest import Making, Visitor
from tests.groups.making import group

SignIn = Callable[..., Visitor]


def make(app: Flask, *paths: str) -> list[int]:
    """Make groups; return their numbers."""
    with app.app_context():
        found = [group(path).id for path in paths]
        commit()
        return found


def test_making_and_finding(app: Flask, admin: Visitor) -> None:
    """A group is made by the form, below another by its path; the list is paged by path and searched by words."""
    answer = admin.send("/admin/groups/new", name="eng", description="<b>All</b> engineers")
    assert answer.status_code == 303
    page = admin.text(answer.headers["Location"])
    assert "&lt;b&gt;All&lt;/b&gt; engineers" in page
    assert admin.send("/admin/groups/new?parent=/eng", name="backend", parent="ENG").status_code == 303
    make(app, *(f"/team/{number:02}" for number in range(30)))
    first = admin.text("/admin/groups")
    assert "33 groups" in first
    assert first.index(">/eng<") < first.index(">/eng/backend<") < first.index(">/team<")
    assert ">/team/29<" in admin.text("/admin/groups?page=2")
    found = admin.text("/admin/groups?q=back")
    assert ">/eng/backend<" in found
    assert ">/team<" not in found
    assert "No group matches" in admin.text("/admin/groups?q=nothing")


def test_what_is_wrong_is_said_at_its_field(app: Flask, admin: Visitor) -> None:
    """A name that is taken or cannot be, and a parent that is not there, are shown at the fields, and what was typed stays."""
    (eng, backend) = make(app, "/eng", "/eng/backend")
    for fields, sentence in (
        ({"name": "Eng"}, "There is a group of that name here already"),
        ({"name": "a/b"}, "and no slash"),
        ({"name": ""}, "Enter a name"),
        ({"name": "x", "parent": "/nowhere"}, "There is no such entry"),
        ({"name": "x", "description": "d" * 301}, "at most 300 characters"),
    ):
        answer = admin.send("/admin/groups/new", **fields)
        assert answer.status_code == 400
        assert sentence in answer.text
    answer = admin.send(f"/admin/groups/{eng}", name="eng", parent="/eng/backend")
    assert answer.status_code == 400
    assert "cannot lie below itself" in answer.text
    assert admin.send(f"/admin/groups/{backend}", name="api", parent="").status_code == 303
    assert ">/api<" in admin.text("/admin/groups")
    assert admin.get("/admin/groups/99999").status_code == 404


def test_deleting_asks_and_says_what_hangs_on_it(app: Flask, admin: Visitor, add_account: Making) -> None:
    """The question names groups below, members and owners; the answer deletes all of it."""
    (eng, _backend) = make(app, "/eng", "/eng/backend")
    eve = add_account("eve@example.com")
    with app.app_context():
        members.add(group("/eng/backend"), eve, actor="root")
        members.add_owner(group("/eng"), eve, actor="root")
        commit()
    page = admin.text(f"/admin/groups/{eng}/delete")
    for sentence in ("1 group below it is deleted, too", "1 membership ends", "1 owner owns nothing here"):
        assert sentence in page
    assert admin.send(f"/admin/groups/{eng}/delete").status_code == 303
    assert "There is no group yet" in admin.text("/admin/groups")
    lonely = make(app, "/ops")[0]
    assert "Nothing hangs on it" in admin.text(f"/admin/groups/{lonely}/delete")


def test_adding_and_removing_people(app: Flask, admin: Visitor, add_account: Making) -> None:
    """Somebody is found by a search, added with a last day, shown with it, on their own page too, and removed after a question."""
    (eng,) = make(app, "/eng")
    eve = add_account("eve@example.com", given_name="Eve")
    base = f"/admin/groups/{eng}"
    assert f"{base}/add/{eve.sub}" in admin.text(f"{base}/add?q=eve")
    assert "No account matches" in admin.text(f"{base}/add?q=nobody")
    wrong = admin.send(f"{base}/add/{eve.sub}", kind="member", until="2001-01-01")
    assert wrong.status_code == 400
    assert "That day is over already" in wrong.text
    assert admin.send(f"{base}/add/{eve.sub}", kind="member", until="2099-12-31").status_code == 303
    assert admin.send(f"{base}/add/{eve.sub}", kind="owner").status_code == 303
    page = admin.text(base)
    assert "31 Dec 2099" in page
    assert "1 member" in page
    assert 'value="2099-12-31"' in admin.text(f"{base}/add/{eve.sub}")
    person = admin.text(f"/admin/people/{eve.sub}")
    assert ">/eng<" in person
    assert "31 Dec 2099" in person
    for kind in ("members", "owners"):
        assert "eve@example.com" in admin.text(f"{base}/{kind}/{eve.sub}/remove")
        assert admin.send(f"{base}/{kind}/{eve.sub}/remove").status_code == 303
    page = admin.text(base)
    assert "Nobody was put into this group" in page
    assert "Nobody owns this group" in page
    audit = admin.text("/admin/audit?q=group.member_removed")
    assert "/eng" in audit


def test_members_are_paged_and_searched(app: Flask, admin: Visitor, add_account: Making) -> None:
    """Thirty members fill two pages, and a search finds one among them."""
    (eng,) = make(app, "/eng")
    for number in range(30):
        account = add_account(f"p{number:02}@example.com", given_name="Ada" if number == 3 else "Bob")
        with app.app_context():
            members.add(group("/eng"), account, actor="root")
            commit()
    first, second = admin.text(f"/admin/groups/{eng}"), admin.text(f"/admin/groups/{eng}?page=2")
    assert "30 members" in first
    assert "30 belong to it now" in first
    assert "p29@example.com" in second
    found = admin.text(f"/admin/groups/{eng}?q=ada")
    assert re.findall(r"p\d\d@example.com</a>", found) == ["p03@example.com</a>"]


def test_others_see_nothing(app: Flask, add_account: Making, sign_in: SignIn) -> None:
    """Who does not administer gets 403 on each page, also who owns the group."""
    (eng,) = make(app, "/eng")
    eve = add_account("eve@example.com")
    with app.app_context():
        members.add_owner(group("/eng"), eve, actor="root")
        commit()
    visitor = sign_in(eve)
    for path in ("/admin/groups", f"/admin/groups/{eng}", f"/admin/groups/{eng}/add", "/admin/roles", "/admin/scopes"):
        assert visitor.get(path).status_code == 403
    with app.app_context():
        assert lookup.find(eng) is not None
