"""The pages of acts upon many people."""

from collections.abc import Callable

from flask import Flask

from idp.accounts import lookup
from idp.base.database import session
from idp.jobs import running, service
from tests.admin.conftest import Making, Visitor
from tests.support.events import search as events_of

SignIn = Callable[..., Visitor]
MANY = "/admin/people/many"


def work(app: Flask) -> None:
    """Do everything that is open."""
    with app.app_context():
        while running.work_off():
            pass


def test_those_who_were_chosen(app: Flask, admin: Visitor, add_account: Making) -> None:
    """The list offers what may be done, asks once more, and shows how far it is, looking again while it is under way."""
    ann, bob = (add_account(f"{name}@example.com") for name in ("ann", "bob"))
    page = admin.text("/admin/people")
    assert (f'value="{ann.sub}"' in page, 'value="export"' in page) == (True, True)
    assert admin.get(f"{MANY}?act=disable&whom=listed").headers["Location"] == "/admin/people"
    question = f"{MANY}?act=disable&whom=listed&who={ann.sub}&who={bob.sub}"
    assert "2 people who were chosen" in admin.text(question)
    fields = admin.fields(question) | {"who": [ann.sub, bob.sub]}
    answer = admin.client.post(MANY, data=fields, headers={"Accept": "text/html"})
    job = answer.headers["Location"]
    waiting = admin.get(job)
    assert (waiting.headers["Refresh"], "Waiting" in waiting.get_data(as_text=True)) == ("5", True)
    assert "Refresh" not in admin.get(f"{job}?still=1").headers
    work(app)
    done = admin.get(job)
    assert ("Refresh" in done.headers, "Done" in done.get_data(as_text=True)) == (False, True)
    with app.app_context():
        account = lookup.find(ann.id)
        assert account is not None
        assert account.disabled_at is not None
    assert "Disable" in admin.text("/admin/people/jobs")


def test_whom_a_search_finds(app: Flask, admin: Visitor, add_account: Making) -> None:
    """A search names the people; a group that is not there is told at its field; a job is stopped by its button."""
    add_account("ann@crowd.example")
    question = f"{MANY}?act=add-to-group&whom=found&q=crowd"
    assert "Everybody found by “crowd”" in admin.text(question)
    answer = admin.send(question, MANY, group="/none")
    assert (answer.status_code, "There is no such group" in answer.get_data(as_text=True)) == (400, True)
    job = admin.send(f"{MANY}?act=sign-out&whom=found&q=crowd", MANY).headers["Location"]
    assert admin.send(job, f"{job}/stop").headers["Location"] == job
    assert "Stopped" in admin.text(job)
    for path in ("/admin/people/jobs/99", "/admin/people/jobs/9999999999"):
        assert admin.get(path).status_code == 404


def test_who_may_what(app: Flask, admin: Visitor, add_account: Making, sign_in: SignIn) -> None:
    """The help desk signs people out and takes nobody away; a reader does nothing."""
    helper, reader = (sign_in(add_account(f"{role}@example.com", role=role)) for role in ("help-desk", "reader"))
    page = helper.text("/admin/people")
    assert ('value="sign-out"' in page, 'value="disable"' in page, 'value="export"' in page) == (True, False, False)
    assert 'id="many"' not in reader.text("/admin/people")
    assert helper.get(f"{MANY}?act=disable&whom=found").status_code == 403
    job = admin.send(f"{MANY}?act=disable&whom=found&q=nobody", MANY).headers["Location"]
    assert helper.send("/account", f"{job}/stop").status_code == 403
    for visitor in (helper, reader):
        assert visitor.send("/account", "/admin/people/export", whom="found").status_code == 403
        assert visitor.send("/account", MANY, act="disable", whom="found").status_code == 403
    with app.app_context():
        assert len(list(session().scalars(service.listing()))) == 1


def test_people_as_a_file(app: Flask, admin: Visitor, add_account: Making) -> None:
    """The file has those who were found, no cell that a spreadsheet computes, and stands in the log."""
    add_account("ann@crowd.example", given_name="=SUM(A1)")
    answer = admin.send(f"{MANY}?act=export&whom=found&q=crowd", "/admin/people/export")
    lines = answer.get_data(as_text=True).splitlines()
    assert (answer.mimetype, len(lines)) == ("text/csv", 2)
    assert "ann@crowd.example,true,,'=SUM(A1),,active," in lines[1]
    with app.app_context():
        (event,) = session().scalars(events_of("people.exported"))
        assert (event.actor, event.detail["whom"]) == (admin.sub, "search: crowd")
