"""Browsers without a browser: somebody signed in, who opens pages and sends the forms that stand on them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.forms import hidden_fields as hidden_fields

if TYPE_CHECKING:
    from idp.accounts.models import Account


CALLBACK = "https://shop.example.com/callback"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


@dataclass
class Visitor:
    """One signed-in person at one browser."""

    client: FlaskClient
    sub: str
    email: str

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self.client.get(path)

    def text(self, path: str) -> str:
        """Open a page that must be there, and return it."""
        answer = self.get(path)
        assert answer.status_code == 200, f"{path} answered {answer.status_code}"
        return answer.get_data(as_text=True)

    def fields(self, page: str) -> dict[str, str]:
        """Open a page and return its hidden fields."""
        return hidden_fields(self.text(page))

    def send(self, page: str, to: str | None = None, **fields: object) -> TestResponse:
        """Open `page` and send a form from it, with the hidden values that stand on it; `to` is another address."""
        return self.client.post(to or page, data=self.fields(page) | fields, headers={"Accept": "text/html"})


def register(admin: Visitor, **fields: object) -> str:
    """Register a client through the form and return its identifier."""
    values: dict[str, object] = {"client_name": "Shop", "redirect_uris": CALLBACK, "kind": "web", "require_pkce": "y"}
    values["id_token_signed_response_alg"] = "RS256"
    answer = admin.send("/admin/clients/new", **(values | fields))
    assert answer.status_code in {201, 303}, answer.get_data(as_text=True)
    if answer.status_code == 303:
        return answer.headers["Location"].rpartition("/")[2]
    return shown(answer.get_data(as_text=True), "client-id")


def shown(page: str, element_id: str) -> str:
    """Return the text of an element."""
    match = re.search(rf'id="{element_id}"[^>]*>([^<]*)<', page)
    assert match, f"no {element_id}"
    return unescape(match[1])


Making = Callable[..., "Account"]


@pytest.fixture
def add_account(app: Flask) -> Making:
    """Add an account: `add_account("eve@example.com", verified=True, admin=False, role="", **columns)`; `admin` makes an owner."""
    from idp.accounts import service
    from idp.accounts.authority import granting
    from idp.accounts.authority.permissions import OWNER
    from idp.base.database import commit

    def add(email: str, *, verified: bool = True, admin: bool = False, role: str = "", **columns: object) -> "Account":
        with app.app_context():
            account = service.create(email, password_hash=None, verified=verified)
            assert account
            if role or admin:
                granting.give(account, role or OWNER, by="the tests")
            for name, value in columns.items():
                setattr(account, name, value)
            commit()
            return account

    return add


@pytest.fixture
def sign_in(app: Flask) -> "Callable[[Account], Visitor]":
    """Return a visitor with a session of an account."""
    from idp import sessions
    from idp.base.database import commit
    from idp.sessions import Device

    def enter(account: "Account") -> Visitor:
        with app.app_context():
            device = Device("192.0.2.7", FIREFOX)
            _row, token = sessions.open_session(account.id, account.token_epoch, ["pwd"], device)
            commit()
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = token
        return Visitor(client, account.sub, account.email)

    return enter


@pytest.fixture
def admin(add_account: Making, sign_in: "Callable[[Account], Visitor]") -> Visitor:
    """The administrator, signed in just now."""
    return sign_in(add_account("admin@example.com", admin=True))
