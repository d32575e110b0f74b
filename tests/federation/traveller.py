"""A browser that goes to a provider and comes back."""

from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from sqlalchemy import select
from werkzeug.test import TestResponse

from idp.accounts import lookup
from idp.accounts.models import Account
from idp.audit import AuditEvent
from idp.base.database import session
from idp.federation.models import UpstreamIdentity
from tests.core.mails import WaitingMail, waiting
from tests.factories import CSRF, Browser, Person, Provider

START = "/signin/upstream"


class Traveller(Browser):
    """A browser in which somebody presses a provider's button."""

    def press(self, key: str, target: str | None = None) -> str:
        """Press a button of the sign-in page; return the provider's address to which it leads."""
        query = f"?{urlencode({'next': target})}" if target else ""
        answer = self.press_on(f"/signin{query}", f"{START}/{key}{query}")
        assert answer.status_code == 303, answer.text[:2000]
        return answer.location

    def press_on(self, page: str, path: str, **fields: str) -> TestResponse:
        """Send a form of a page to a path, with the page's CSRF token."""
        return self.http.post(path, data=fields | {"csrf_token": self.csrf(page)}, headers={"Accept": "text/html"})

    def csrf(self, page: str) -> str:
        """Return the CSRF token of a page."""
        token = CSRF.search(self.get(page).text)
        assert token is not None, page
        return unescape(token[1])

    def travel(self, url: str) -> str:
        """Go to the provider and return the path by which it sends the browser back."""
        answer = requests.get(url, allow_redirects=False, timeout=10)
        assert answer.status_code in {302, 303}, answer.text
        parts = urlsplit(answer.headers["Location"])
        return f"{parts.path}?{parts.query}"

    def sign_in_by(self, key: str, target: str | None = None) -> TestResponse:
        """Press a button, travel, and come back; return the callback's answer."""
        return self.get(self.travel(self.press(key, target)))

    @property
    def email(self) -> str | None:
        """Who is signed in here: the address that the account page shows."""
        answer = self.get("/account/email")
        if answer.status_code != 200:
            return None
        return answer.text.partition("<b>")[2].partition("</b>")[0].strip()


def query_of(url: str) -> dict[str, str]:
    """Return the parameters of an address."""
    return dict(parse_qsl(urlsplit(url).query))


def identities(provider: Provider) -> list[tuple[str, str, str]]:
    """Return every identity: the account's address, the provider, the subject."""
    with provider.working():
        rows = session().scalars(select(UpstreamIdentity).order_by(UpstreamIdentity.id)).all()
        return [(_email(row.account_id), row.provider, row.subject) for row in rows]


def accounts(provider: Provider) -> dict[str, bool]:
    """Return every account's address, and whether it is verified."""
    with provider.working():
        return {account.email: account.is_verified for account in session().scalars(select(Account))}


def events(provider: Provider, name: str) -> list[dict[str, Any]]:
    """Return what was recorded of a kind of event: outcome, subject and detail."""
    with provider.working():
        found = session().scalars(select(AuditEvent).where(AuditEvent.event == name).order_by(AuditEvent.id)).all()
        return [{"outcome": event.outcome, "subject": event.subject, **event.detail} for event in found]


def mails(provider: Provider) -> list[WaitingMail]:
    """Return the mails that wait, oldest first."""
    with provider.working():
        return waiting()


def person_at(provider: Provider, email: str) -> Person:
    """Return whose address it is."""
    with provider.working():
        account = lookup.find_by_email(email)
        assert account is not None
        return Person(account.id, account.sub, email)


def _email(account_id: int) -> str:
    account = lookup.find(account_id)
    return account.email if account is not None else "nobody"
