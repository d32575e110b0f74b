"""What a page costs the database: so many statements at the most, and as many for thirty rows as for one."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import insert, select

from idp import audit, mail, outbox, sessions
from idp.accounts import lookup
from idp.accounts.authority import granting
from idp.accounts.models import Account
from idp.base import clock, crypto, database
from idp.clients import initial_tokens
from idp.clients.models import Client as ClientRow
from idp.factors.models import Passkey
from idp.federation import catalogue
from idp.federation.catalogue import Extras
from idp.federation.definition import Definition
from idp.federation.models import UpstreamIdentity
from idp.oauth import backchannel
from idp.oauth.models import Consent, Grant
from idp.outbox import Delivery
from idp.sessions import Device
from tests.factories import Browser, Person, Provider
from tests.house.watching import Work, watching

# One database tells: the statements are the same, and which they are is the affair of each room's tests, on both.
pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)

FEW, MANY = 1, 30  # more than a page of the administrators' lists holds
EVERY = 3  # the session, its account and the policy, at which each page of a person looks
ROLES = 1  # which administrators have
OWN = {
    "": 0, "/password": 0, "/email": 1, "/security": 4, "/sessions": 1, "/apps": 5, "/connections": 1, "/activity": 2,
    "/data": 0, "/delete": 0, "/groups": 5, "/clients": 2,
}  # fmt: skip
ADMIN = {
    "": 13, "/people": 2, "/people/jobs": 3, "/people?q=example": 3, "/people/{sub}": 17, "/clients": 2,
    "/clients?unused=30": 2, "/clients?unused=30&q=app": 3, "/clients/new": 0, "/clients/{client}": 5,
    "/clients/{client}/owners": 2, "/clients/{client}/test": 1, "/clients/{client}/provisioning": 2, "/clients/{client}/signals": 2,
    "/clients/{client}/exchanges": 2, "/clients/{client}/id-jags": 3,
    "/registration": 2, "/audit": 4, "/audit/retention": 3, "/mail": 3, "/keys": 3, "/policy": 4, "/requests": 2,
    "/sign-up": 2, "/invitations": 6, "/invitations/new": 0, "/terms": 4, "/terms/new": 2, "/attributes": 2, "/attributes/new": 0,
    "/administrators": 4, "/administrators/groups": 5, "/streams": 1,
    "/providers": 2, "/providers/new": 0, "/providers/p0": 2, "/groups": 2, "/roles": 2, "/scopes": 1,
    "/resources": 2, "/resources/new": 0, "/details": 2, "/details/new": 0, "/issuers": 2, "/issuers/new": 0,
}  # fmt: skip
MOST = {f"/account{path}": EVERY + more for path, more in OWN.items()}
MOST |= {f"/admin{path}": EVERY + ROLES + more for path, more in ADMIN.items()}
WITHOUT_DATABASE = ("/healthz", "/favicon.ico", "/openapi.json", "/docs", "/.well-known/openid-configuration")


@pytest.fixture
def ann(provider: Provider) -> Person:
    """An administrator."""
    person = provider.person("ann@example.org")
    with provider.account(person) as account:
        granting.give(account, "owner", by="test")
    return person


@pytest.fixture
def browser(provider: Provider, ann: Person, unhurried: None) -> Browser:
    """Her browser, in a process that looks at clients and keys anew only where they have changed."""
    browser = provider.browser()
    assert browser.sign_in("/signin", ann).status_code == 303
    return browser


def fill(provider: Provider, ann: Person, numbers: range) -> None:
    """Make so many rows of everything that a page lists."""
    now, life = clock.now(), timedelta(days=30)
    for number in numbers:
        client = provider.client(
            client_name=f"App {number}",
            client_uri=f"https://app{number}.example/",
            backchannel_logout_uri=f"https://app{number}.example/bye",
        )
        provider.person(f"p{number}@example.org", username=f"person{number}")
        with provider.working():
            account = lookup.find(ann.id)
            assert isinstance(account, Account)
            browser, _secret = sessions.open_session(ann.id, account.token_epoch, ["pwd"], Device("192.0.2.1", "tests"))
            execute = database.connection().execute
            execute(insert(Consent).values(account_id=ann.id, client_id=client.client_id, scope="openid", given_at=now))
            execute(
                insert(Grant).values(
                    client_id=client.client_id, account_id=ann.id, session_id=browser.id, epoch=account.token_epoch,
                    scope="openid", auth_time=now, amr=["pwd"], offline=False, created_at=now, last_used_at=now,
                    redeemed_at=now, expires_at=now + life,
                )
            )  # fmt: skip
            key = {
                "credential_id": crypto.new_secret().encode(),
                "public_key": b"key",
                "sign_count": 0,
                "transports": [],
            }
            more = {"aaguid": "", "backed_up": False, "created_at": now, "name": f"Key {number}"}
            execute(insert(Passkey).values(id=crypto.new_identifier(), account_id=ann.id, **key, **more))
            execute(
                insert(UpstreamIdentity).values(
                    account_id=ann.id, provider="github", subject=str(number), name="ann", linked_at=now
                )
            )
            audit.record("signin", subject=ann.sub, actor=ann.sub, client_id=client.client_id, source="192.0.2.1")
            mail.verify_email(mail.Counted(f"w{number}@example.org"), link="https://idp.example/verify", code="123456")
            outbox.put(backchannel.KIND, client.client_id, backchannel.KIND, {"sub": ann.sub, "sid": browser.id})
            initial_tokens.create("tests", actor="test")
            values = {"issuer": f"https://id{number}.example", "client_id": "us"}
            catalogue.create(Definition(f"p{number}", f"P {number}", **values), Extras("secret"), actor="test")


def cost(app: Flask, browser: Browser, path: str) -> Work:
    """Return what a page costs, just after a client has been changed."""
    for _warming in range(2):
        generation_of_clients = app.extensions["idp.generations"]["clients"]
        generation_of_clients.bump()
        with watching(app) as work:
            answer = browser.get(path)
        assert answer.status_code == 200, path
    return work


def costs(app: Flask, browser: Browser, ann: Person) -> dict[str, Work]:
    """Return what each page costs."""
    with app.app_context():
        client_id = database.session().scalars(select(ClientRow.client_id).order_by(ClientRow.client_name)).first()
    names = {"sub": ann.sub, "client": client_id}
    return {path: cost(app, browser, path.format(**names)) for path in MOST}


def test_pages_ask_the_same_of_many_rows_as_of_one(
    app: Flask, backend: str, provider: Provider, browser: Browser, ann: Person
) -> None:
    """Each page of a person and of administrators asks as much with thirty rows as with one, and no more than it is known for."""
    fill(provider, ann, range(FEW))
    of_few = costs(app, browser, ann)
    fill(provider, ann, range(FEW, MANY))
    with app.app_context():
        assert len(database.session().scalars(select(Delivery)).all()) >= MANY
    of_many = costs(app, browser, ann)
    for path, most in MOST.items():
        assert len(of_many[path].all) <= len(of_few[path].all), (path, of_many[path].all)
        assert len(of_few[path].all) <= most, (path, len(of_few[path].all), of_few[path].all)
        assert of_few[path].begun <= 2, path


@pytest.mark.parametrize("path", WITHOUT_DATABASE)
def test_what_needs_no_database_asks_none(app: Flask, backend: str, provider: Provider, path: str) -> None:
    """Health, static files and descriptions are answered without a statement."""
    provider.http.get(path)
    with watching(app) as work:
        assert provider.http.get(path).status_code in {200, 404}
    assert (work.all, work.begun) == ([], 0)
