"""Two secrets of a client at once: every way of proving oneself takes both, until the old one ends."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from idp.audit import AuditEvent
from idp.base import clock, database
from idp.base.outcome import Refused
from idp.clients import service
from idp.clients.models import Client as ClientRow
from tests.factories import Client, Provider
from tests.spec.rfc7523.asserting import make_mac, register, send

MACHINE = {"grant_type": "client_credentials"}


def renew(provider: Provider, client: Client, hours: int = 24) -> Client:
    """Renew a client's secret and return it with the new one."""
    with provider.registration(client) as row:
        secret = service.renew_secret(row, keep=timedelta(hours=hours))
        assert isinstance(secret, str)
        return Client(client.client_id, secret, client.metadata)


def test_basic_and_body_take_both(provider: Provider) -> None:
    """Old and new secret prove the client by Basic and in the body; after the end the old one is a wrong secret."""
    old = provider.client(grant_types=["client_credentials"])
    new = renew(provider, old)
    for client in (old, new):
        assert provider.token(client, **MACHINE).status_code == 200
        assert provider.token(**client.post(), **MACHINE).status_code == 200
    with clock.moved(timedelta(hours=24, seconds=1)):
        assert provider.token(old, **MACHINE).status_code == 401
        assert provider.token(new, **MACHINE).status_code == 200


def test_the_secret_that_signs(provider: Provider) -> None:
    """A client that signs with its secret may sign with either, and with the new one alone as soon as the old one is ended."""
    old = register(provider, token_endpoint_auth_method="client_secret_jwt")
    new = renew(provider, old)
    assert [send(provider, make_mac(provider, client)).status_code for client in (old, new)] == [200, 200]
    with provider.registration(old) as row:
        assert service.end_former_secret(row)
        assert not service.end_former_secret(row)
    assert [send(provider, make_mac(provider, client)).status_code for client in (old, new)] == [401, 200]


def test_the_audit_log_tells_who_still_uses_the_old_one(provider: Provider) -> None:
    """A use of the old secret is on record, a few times, so that an administrator knows when it can be ended."""
    old = provider.client(grant_types=["client_credentials"])
    new = renew(provider, old)
    for _time in range(8):
        assert provider.token(old, **MACHINE).status_code == 200
        assert provider.token(new, **MACHINE).status_code == 200
    with provider.working():
        query = select(AuditEvent).where(AuditEvent.event == "client.former_secret_used")
        events = database.session().scalars(query).all()
        assert 1 <= len(events) <= 5
        assert {(event.client_id, event.outcome) for event in events} == {(old.client_id, "success")}


def test_a_disabled_client_has_none(provider: Provider) -> None:
    """Neither secret of a disabled client counts."""
    old = provider.client(grant_types=["client_credentials"])
    new = renew(provider, old)
    provider.disable(old)
    assert [provider.token(client, **MACHINE).status_code for client in (old, new)] == [401, 401]


def test_what_has_ended_is_purged(provider: Provider) -> None:
    """An old secret that counts no more is forgotten by the purge, one that counts is not."""
    lasting, ending = provider.client(), provider.client()
    renew(provider, lasting, hours=48)
    renew(provider, ending, hours=1)
    with clock.moved(timedelta(hours=2)), provider.working():
        assert service.purge(100) == 1
        assert service.purge(100) == 0
    with provider.working():
        kept = {row.client_id: row.former_secret_digest for row in database.session().scalars(select(ClientRow))}
    assert kept[lasting.client_id] is not None
    assert kept[ending.client_id] is None


@pytest.mark.parametrize("hours", [-1, 721])
def test_how_long_an_old_secret_may_count(provider: Provider, hours: int) -> None:
    """The old secret counts for 30 days at most; a client without a secret has none to renew."""
    client, phone = provider.client(), provider.client(public=True)
    with provider.registration(client) as row:
        refused = service.renew_secret(row, keep=timedelta(hours=hours))
        assert isinstance(refused, Refused)
        assert refused.field == "keep_old"
    with provider.registration(phone) as row:
        assert isinstance(service.renew_secret(row), Refused)
