"""What `make seed` writes is what the house itself would have written."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from idp.accounts import lookup, words
from idp.accounts.models import Account
from idp.audit import AuditEvent
from idp.base.database import rollback, session
from idp.clients import origins
from idp.clients import service as clients
from idp.clients import words as client_words
from idp.clients.models import Client
from idp.groups import lookup as groups
from idp.groups.models import Group, GroupAncestor
from idp.oauth.models import RefreshToken
from tests.bench.peers.peer import PASSWORD
from tests.factories import Provider
from tests.seed.__main__ import Refused, seed


def test_a_filled_database_is_in_order(app: Flask) -> None:
    """Everything is there in proportion, everybody and every client is found by their words, and one of the people signs in."""
    found = seed(app, 60)
    assert (found["clients"], found["refresh_tokens"], found["audit_events"]) == (6, 300, 1200)
    with app.app_context():
        kept = (words.catch_up, client_words.index.catch_up, origins.rows.catch_up)
        assert [catch_up(1000) for catch_up in kept] == [0, 0, 0]
        deepest = session().scalars(select(Group).order_by(Group.depth.desc(), Group.id).limit(1)).one()
        assert deepest in groups.search(deepest.path, 100).rows()
        above = select(func.count()).select_from(GroupAncestor).where(GroupAncestor.group_id == deepest.id)
        assert session().scalar(above) == deepest.depth > 1
        assert min(found[table] for table in ("group_members", "role_holders", "group_roles", "client_groups")) > 0
        for table, count in ((Account, 60), (Client, 6), (RefreshToken, 300), (AuditEvent, 1200)):
            assert session().scalar(select(func.count()).select_from(table)) == count
        account = session().scalars(select(Account).where(Account.email_verified_at.is_not(None))).first()
        assert account is not None
        assert lookup.search(account.email, 100).rows() == [account]
        client = session().scalars(select(Client)).first()
        assert client is not None
        assert client in clients.search(client.client_name, 100).rows()
        email = account.email
        rollback()
    provider = Provider(app)
    answer = provider.browser().submit("/signin", username=email, password=PASSWORD)
    assert answer.status_code == 303


def test_a_database_with_accounts_is_refused(app: Flask) -> None:
    """Nothing is written beside what somebody has."""
    Provider(app).person()
    with pytest.raises(Refused):
        seed(app, 60)
    with app.app_context():
        assert session().scalar(select(func.count()).select_from(Account)) == 1
