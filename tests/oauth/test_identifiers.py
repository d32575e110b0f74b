"""Identifiers that come again: neither a client's nor a grant's hands on what was issued under it before."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from idp.base import clock, database
from idp.clients import service as clients
from idp.clients.metadata import TOKEN_EXCHANGE
from idp.oauth import tokens
from idp.oauth.models import Grant
from tests.factories import Client, Person, Provider
from tests.spec.rfc8693.exchanging import build


def replaced(provider: Provider, client: Client) -> Client:
    """Delete a client and register another one, a second later, under its identifier."""
    with provider.registration(client) as row:
        clients.remove(row)
    with clock.moved(timedelta(seconds=1)):
        grants = ["client_credentials", TOKEN_EXCHANGE]
        return provider.client(client_id=client.client_id, grant_types=grants, redirect_uris=[], scope="read write")


def test_nobody_inherits_a_token_with_an_identifier(provider: Provider, ann: Person) -> None:
    """What a deleted client had of its own, and what it or a later one had exchanged, is dead, also under the next one of its name."""
    scene = build(provider)
    scene.allow()
    scene.allow(scene.store, subject=scene.api.client_id, audience=scene.store.client_id)
    first = scene.exchange(scene.sign_in(provider.browser(ann))["access_token"]).json["access_token"]
    held = [scene.own(scene.api), first, scene.ask(scene.store, first).json["access_token"]]
    assert all(map(scene.is_active, held))
    new = replaced(provider, scene.api)
    assert not any(map(scene.is_active, held))
    for token in held[:2]:
        assert provider.revoke(new, token).status_code == 200
    assert scene.is_active(scene.own(new))


def test_a_registration_stays_what_it_is_whatever_changes(provider: Provider) -> None:
    """A client's own token outlives a change of its registration, and what tells its registration is nobody else's business."""
    scene = build(provider)
    token = scene.own(scene.api)
    with provider.registration(scene.api) as row:
        clients.change(row, replace(clients.to_metadata(row), client_name="Another name"))
    told = provider.introspect(scene.store, token).json
    assert told["active"]
    assert "registrations" not in told


def test_no_grant_takes_the_number_of_a_forgotten_one(provider: Provider, ann: Person) -> None:
    """A token of a client that has moved to other subjects stays dead when its person comes again, whose grant has another number."""
    client, watcher = provider.client(), provider.client()
    browser = provider.browser(ann)
    before = provider.grant(client, browser)["access_token"]
    with provider.registration(client) as row:
        clients.change(row, replace(clients.to_metadata(row), subject_type="pairwise"))
    assert not provider.introspect(watcher, before).json["active"]
    after = provider.grant(client, browser)["access_token"]
    assert provider.introspect(watcher, after).json["active"]
    assert not provider.introspect(watcher, before).json["active"]


def test_an_expired_grant_outlasts_its_tokens(provider: Provider, ann: Person) -> None:
    """A grant that has expired stays for as long as any token that was made of it may live, so that no other takes its number meanwhile."""
    client = provider.client()
    provider.grant(client, provider.browser(ann))
    with provider.working():
        (grant,) = database.session().scalars(select(Grant)).all()
        number, ends = grant.id, grant.expires_at
    for beyond, is_there in ((timedelta(hours=24), True), (timedelta(hours=26), False)):
        with clock.moved(ends - clock.now() + beyond), provider.working():
            tokens.purge(100)
            assert (database.session().get(Grant, number) is not None) is is_there
