"""The part of the inventory by which people come: invitations, and the terms that they accept."""

from dataclasses import replace
from typing import TYPE_CHECKING

from idp.attributes import service as attributes
from idp.attributes.definition import Definition, of
from idp.attributes.models import Attribute
from idp.base.outcome import Reason, Refused
from idp.invitations import service as invitations
from idp.invitations.service import Letter
from idp.jobs import service as jobs
from idp.jobs.models import PeopleJob
from idp.jobs.selection import Selection
from idp.terms import service as terms
from tests.core import mails

if TYPE_CHECKING:
    from tests.pages.inventory import Inventory


def invite(found: "Inventory") -> None:
    """Open what an invitation leads to: a new account, and one that came meanwhile."""
    guest = found.provider.browser()
    links = []
    with found.provider.working():
        for email in ("guest@example.org", "known@example.org"):
            invitations.invite([email], Letter([], 7, "the tests", "Root"), take=lambda _id: Refused(Reason.UNKNOWN))
            links.append(f"/invitation?token={mails.newest().token}")
    found.provider.person("known@example.org")
    found.open(guest, *links)
    found.refuse(guest, links[0], password="short", username="no name!")


def complete(found: "Inventory") -> None:
    """Open what somebody is asked for who lacks a required field, and the pages of an attribute; afterwards nobody is asked any more."""
    person = found.provider.person("nameless@example.org", is_admin=True)
    browser = found.provider.browser(person)
    with found.provider.working():
        made = attributes.create(
            Definition("department", "choice", choices=("Sales", "IT"), required=True), actor="test"
        )
        assert isinstance(made, Attribute)
        attributes.create(Definition("address.street_address", "standard", at_sign_up=True), actor="test")
    found.open(browser, "/complete-profile", "/signup?with=attributes")
    found.refuse(browser, "/complete-profile", attribute_department="")
    assert browser.submit("/complete-profile", attribute_department="IT").status_code == 303
    found.open(browser, "/admin/attributes/department", "/admin/attributes/department/delete")
    found.open(browser, f"/admin/people/{person.sub}/attributes", "/account?with=attributes")
    with found.provider.working():
        job = jobs.begin("enable", Selection(), actor=None)
        assert isinstance(job, PeopleJob)
    found.open(browser, f"/admin/people/jobs/{job.id}")
    found.refuse(browser, "/admin/people/many?act=add-to-group&whom=found", group="/none")
    found.refuse(browser, "/admin/attributes/department", position="x")
    found.refuse(browser, "/admin/attributes/new?kind=number", name="No name", minimum="few")
    with found.provider.working():
        row = attributes.find("department", for_change=True)
        assert row is not None
        attributes.change(row, replace(of(row), required=False), actor="test")


def accept_terms(found: "Inventory") -> None:
    """Open the terms as somebody who has to accept them, and a version as an administrator who has; afterwards nobody has to any more."""
    browser = found.provider.browser(found.provider.person("lawyer@example.org", is_admin=True))
    with found.provider.working():
        terms.publish("2027-01", "Be kind.", "Kindness is new.", actor="test")
    found.open(browser, "/terms")
    assert browser.submit("/terms").status_code == 303
    found.open(browser, "/admin/terms/1")
    found.refuse(browser, "/admin/terms/new", name="")
    with found.provider.working():
        assert terms.end(actor="test")
