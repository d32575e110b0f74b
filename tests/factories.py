"""What protocol tests begin with: a provider with people and clients, browsers that are signed in, codes and tokens.

Preconditions are set up by the services themselves; what a test is about goes through HTTP, as a relying party and a browser would.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode

import jwt
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import insert, inspect, select
from werkzeug.test import TestResponse

from idp import keys, sessions
from idp.accounts import lookup, passwords, service
from idp.accounts.authority import granting
from idp.accounts.authority.permissions import OWNER
from idp.accounts.models import Account
from idp.base import database
from idp.clients import service as clients
from idp.clients.metadata import Metadata
from idp.clients.models import Client as ClientRow
from tests.answers import parameters as parameters
from tests.forms import FORM, hidden_fields

PASSWORD = "a rather long pass phrase"
CALLBACK = "https://rp.example/callback"
VERIFIER = "a-verifier-of-the-tests-which-is-long-enough-for-rfc-7636"
CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')

_made_once: dict[str, Any] = {}
_templates = FileSystemBytecodeCache()  # pages compiled once serve the applications of all tests


def challenge(verifier: str = VERIFIER) -> str:
    """Return the S256 code challenge of a verifier (RFC 7636, section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    id: int
    sub: str
    email: str
    password: str = PASSWORD


@dataclass(frozen=True)
class Client:
    """A registered client, with the secret that was shown at its registration."""

    client_id: str
    secret: str | None
    metadata: Metadata

    @property
    def redirect_uri(self) -> str:
        """The first redirect URI."""
        return self.metadata.redirect_uris[0]

    def basic(self) -> dict[str, str]:
        """Return the Authorization header of RFC 6749, section 2.3.1."""
        pair = f"{quote_plus(self.client_id)}:{quote_plus(self.secret or '')}"
        return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}

    def post(self) -> dict[str, str]:
        """Return the credentials as body parameters; of a public client its identifier alone."""
        return {"client_id": self.client_id} | ({"client_secret": self.secret} if self.secret else {})


@dataclass
class Provider:
    """The application as relying parties see it, with keys that were made once for all tests."""

    app: Flask
    http: Any = field(init=False)

    def __post_init__(self) -> None:
        self.http = self.app.test_client()
        self.app.jinja_env.bytecode_cache = _templates
        with self.working():
            _install_keys()

    @property
    def issuer(self) -> str:
        """The issuer identifier."""
        return str(self.app.extensions["idp.settings"].issuer)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Work inside the application, and commit."""
        with self.app.app_context():
            database.writing.set(True)
            try:
                yield
                database.commit()
            finally:
                database.rollback()

    def person(self, email: str = "ann@example.org", *, verified: bool = True, **columns: Any) -> Person:
        """Add an account with the password of all tests."""
        with self.working():
            if "password" not in _made_once:
                _made_once["password"] = passwords.hash_password(PASSWORD)
            account = service.create(email, password_hash=_made_once["password"], verified=verified)
            assert isinstance(account, Account), account
            if columns.pop("is_admin", False):
                granting.give(account, OWNER, by="the tests")
            for name, value in columns.items():
                setattr(account, name, value)
            return Person(account.id, account.sub, email)

    @contextmanager
    def account(self, person: Person) -> Iterator[Account]:
        """Give a person's row to change, and commit."""
        with self.working():
            account = lookup.find(person.id)
            assert account is not None
            yield account

    def client(self, *, public: bool = False, client_id: str | None = None, **members: Any) -> Client:
        """Register a client: confidential unless `public`, with one redirect URI and every default."""
        values = {"client_name": "Paper Shop", "redirect_uris": [CALLBACK]}
        method = {"token_endpoint_auth_method": "none"} if public else {}
        with self.working():
            registered = clients.register(Metadata(**(values | method | members)), client_id=client_id)
            assert isinstance(registered, tuple), registered
            row, secret = registered
            return Client(row.client_id, secret, clients.to_metadata(row))

    @contextmanager
    def registration(self, client: Client) -> Iterator[ClientRow]:
        """Give a client's row to change, and commit."""
        with self.working():
            row = clients.get(client.client_id)
            assert row is not None
            yield row

    def disable(self, client: Client) -> None:
        """Disable a client, as an administrator does."""
        with self.registration(client) as row:
            clients.set_disabled(row, True)

    def browser(self, person: Person | None = None) -> "Browser":
        """Open a browser without cookies, or one in which a person has just signed in."""
        browser = Browser(self)
        if person is not None:
            browser.enter(person)
        return browser

    # What relying parties send

    def token(self, client: Client | None = None, **form: Any) -> TestResponse:
        """Send a token request; a confidential client uses Basic, a public one its identifier."""
        return self._post("/oauth/token", client, form)

    def redeem(self, client: Client, code: str, **changes: Any) -> TestResponse:
        """Redeem a code as the client should; a change of None leaves that parameter out."""
        values = {"grant_type": "authorization_code", "code": code, "redirect_uri": client.redirect_uri}
        return self.token(client, **(values | {"code_verifier": VERIFIER} | changes))

    def refresh(self, client: Client, refresh_token: str, **changes: Any) -> TestResponse:
        """Use a refresh token."""
        return self.token(client, grant_type="refresh_token", refresh_token=refresh_token, **changes)

    def introspect(self, client: Client | None, token: str, **changes: Any) -> TestResponse:
        """Ask about a token (RFC 7662)."""
        return self._post("/oauth/introspect", client, {"token": token} | changes)

    def revoke(self, client: Client | None, token: str, **changes: Any) -> TestResponse:
        """Revoke a token (RFC 7009)."""
        return self._post("/oauth/revoke", client, {"token": token} | changes)

    def userinfo(self, access_token: str) -> TestResponse:
        """Ask for the claims of a token's person."""
        return self.http.get("/oauth/userinfo", headers={"Authorization": f"Bearer {access_token}"})

    def grant(self, client: Client, browser: "Browser", scope: str = "openid", **parameters: Any) -> dict[str, Any]:
        """Walk the whole way, consent included, and return the token response."""
        answer = browser.answer(client, scope=scope, **parameters)
        response = self.redeem(client, answer["code"])
        assert response.status_code == 200, response.text
        return dict(response.json)

    def verify(self, token: str, audience: str, **options: Any) -> dict[str, Any]:
        """Return a JWT's claims, checked as a relying party does: with PyJWT and the published key set."""
        header = jwt.get_unverified_header(token)
        published = self.http.get("/.well-known/jwks.json").json["keys"]
        (jwk,) = [jwk for jwk in published if jwk["kid"] == header["kid"]]
        key, algorithm = jwt.PyJWK(jwk), jwk["alg"]
        return jwt.decode(token, key, algorithms=[algorithm], issuer=self.issuer, audience=audience, **options)

    def _post(self, path: str, client: Client | None, form: Mapping[str, Any]) -> TestResponse:
        headers = client.basic() if client is not None and client.secret else {}
        merged = (client.post() if client is not None and not client.secret else {}) | dict(form)
        return self.http.post(path, data={n: v for n, v in merged.items() if v is not None}, headers=headers)


class Browser:
    """One browser with its cookies; it follows redirects within the provider only when told to."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.http = provider.app.test_client()
        self.sid: str | None = None

    def get(self, path: str, **options: Any) -> TestResponse:
        """Open a page as a browser does."""
        return self.http.get(path, headers={"Accept": "text/html"}, **options)

    def submit(self, path: str, **fields: str) -> TestResponse:
        """Open a form's page and send it, with its CSRF token."""
        page = self.get(path).text
        assert CSRF.search(page) is not None, f"{path} shows no form with a CSRF token"
        data = hidden_fields(next(form for form in FORM.findall(page) if CSRF.search(form))) | fields
        return self.http.post(path, data=data, headers={"Accept": "text/html"})

    def enter(self, person: Person) -> None:
        """Sign a person in, without the form."""
        with self.provider.working():
            account = lookup.find(person.id)
            assert account is not None
            device = sessions.Device("127.0.0.1", "tests")
            row, token = sessions.open_session(account.id, account.token_epoch, ["pwd"], device)
            self.sid = row.id
        with self.http.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True

    def sign_in(self, path: str, person: Person, **fields: str) -> TestResponse:
        """Fill in the sign-in form at `path`."""
        return self.submit(path, **({"username": person.email, "password": person.password} | fields))

    def sign_out(self) -> None:
        """Sign out by the form."""
        assert self.submit("/signout").status_code == 303

    def authorize(self, client: Client, **changes: Any) -> TestResponse:
        """Send an authorization request and return what the server answers first."""
        return self.get(f"/oauth/authorize?{urlencode(request(client, **changes))}")

    def follow(self, response: TestResponse, client: Client) -> TestResponse:
        """Follow redirects within the provider, to a page or to the redirect that leads to the client."""
        while response.status_code == 303 and response.location.startswith("/"):
            response = self.get(response.location)
        return response

    def consent(self, client: Client, decision: str = "allow", **changes: Any) -> TestResponse:
        """Ask for authorization, expect the consent page, and decide there; return the answer to the decision."""
        response = self.authorize(client, **changes)
        assert response.location.startswith("/consent?"), response.location
        return self.follow(self.submit(response.location, decision=decision), client)

    def answer(self, client: Client, **changes: Any) -> dict[str, str]:
        """Ask for authorization, allow what is asked for, and return the parameters that the client gets."""
        response = self.authorize(client, **changes)
        if response.status_code == 303 and response.location.startswith("/consent?"):
            response = self.follow(self.submit(response.location, decision="allow"), client)
        return parameters(response, client)


def request(client: Client, **changes: Any) -> dict[str, str]:
    """Return the parameters of a good authorization request, with these changes; None leaves one out."""
    values = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uri,
        "scope": "openid",
        "state": "a state & more",
        "code_challenge": challenge(),
        "code_challenge_method": "S256",
    }
    return {name: str(value) for name, value in (values | changes).items() if value is not None}


def _install_keys() -> None:
    """Insert the signing keys of an earlier test, or make the first ones: an RSA key takes long to make."""
    if "keys" not in _made_once:
        keys.ensure()
        rows = database.session().scalars(select(keys.SigningKey)).all()
        names = [column.key for column in inspect(keys.SigningKey).columns]
        _made_once["keys"] = [{name: getattr(row, name) for name in names} for row in rows]
        return
    if database.session().scalar(select(keys.SigningKey.kid).limit(1)) is None:  # else a server here has made its own
        database.session().execute(insert(keys.SigningKey), _made_once["keys"])
        keys.generation("keys").bump()
