"""Who may register applications: administrators, the command line, whoever has the operator's key or an initial access token."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from idp.base.database import session
from idp.clients.models import Client
from tests.factories import Provider

NEW = {"app_name": "Tea House", "redirect_url": "https://tea.example/cb", "contact_email": "tea@example.org"}
NEW |= {"client_name": "Tea House", "redirect_uris": ["https://tea.example/cb"]}
ADDRESSES = ["/clients/register", "/oauth/register", "/register", "/connect/register", "/admin/clients/new"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_strangers_register_no_applications(app: Flask, address: str) -> None:
    """Nobody registers an application uninvited: it takes an administrator, the operator's key or an initial access token (item 72)."""
    provider = Provider(app)
    answer = provider.http.post(address, json=NEW)
    assert answer.status_code in {303, 401, 403, 404}
    assert "client_id" not in answer.text
    with provider.working():
        assert session().scalar(select(func.count()).select_from(Client)) == 0
