"""A provider for input that nobody thought of: clients of every kind, somebody signed in, and a real token of each kind."""

import itertools
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import jwt
from flask import Flask
from sqlalchemy import event
from werkzeug.test import Client as HttpClient
from werkzeug.test import TestResponse

from idp import create_app, keys
from idp.base import clock
from idp.clients.metadata import LEGACY_RESPONSE_TYPES
from idp.oauth import assertions
from tests.conftest import dispose, make_settings, migrate, sqlite_url
from tests.factories import CALLBACK, Browser, Client, Person, Provider, request
from tests.keys.strangers import ALL, jwk, signed

OTHER_CALLBACK = "https://rp.example/other?fixed=1"
APP_CALLBACK = "com.example.phone:/callback"
LOOPBACK_CALLBACK = "http://127.0.0.1/callback"
SIGNED_OUT = "https://rp.example/signed-out"
EVERY_SCOPE = "openid profile email address phone offline_access"
FETCHED = "https://127.0.0.1:9/object"  # a private address: refused before anybody is asked

Surprise = tuple[type[BaseException], BaseException, TracebackType | None]


class Stage:
    """The provider with its clients; `tokens` holds a good one of each kind, or what is as good as one."""

    def __init__(self, app: Flask) -> None:
        self.surprises = _Surprises()
        logging.getLogger("idp.base.http").addHandler(self.surprises)
        self.provider = Provider(app)
        self.ann: Person = self.provider.person()
        self.clients: dict[str, Client] = {}
        self._sources = itertools.count(1)
        self._register()
        self.signed_in: Browser = self.provider.browser(self.ann)
        self.signed_out: Browser = self.provider.browser()
        self.tokens: dict[str, str] = {}
        self.renew()

    @property
    def shop(self) -> Client:
        """The client that may do everything that a client may do here."""
        return self.clients["generated-shop"]

    @property
    def redirect_uris(self) -> set[str]:
        """Everywhere that anybody may be sent."""
        known = [client.metadata for client in self.clients.values()]
        return {uri for one in known for uri in (*one.redirect_uris, *one.post_logout_redirect_uris)}

    def send(self, http: HttpClient, method: str, path: str, query: bytes = b"", **options: Any) -> TestResponse:
        """Send a request, its query and header fields byte for byte, each from another address, so that nobody is slowed down."""
        number = next(self._sources)
        environ = {"REMOTE_ADDR": f"2001:db8:{number >> 16 & 0xFFFF:x}:{number & 0xFFFF:x}::1"}
        environ |= {"QUERY_STRING": query.decode("latin-1")}
        for name, value in options.pop("fields", {}).items():
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value.decode("latin-1")
        return http.open(path, method=method, environ_overrides=environ, **options)

    def renew(self) -> None:
        """Make a token of each kind anew: those of an earlier one may have been used up or revoked."""
        granted = self.provider.grant(self.shop, self.signed_in, EVERY_SCOPE)
        own = self.provider.token(self.shop, grant_type="client_credentials").json
        reader = self.provider.grant(self.clients["generated-reader"], self.signed_in)
        self.tokens = {
            "access_token": granted["access_token"],
            "refresh_token": granted["refresh_token"],
            "id_token": granted["id_token"],
            "own_access_token": own["access_token"],
            "code": self.signed_in.answer(self.shop)["code"],
            "userinfo": self.provider.userinfo(reader["access_token"]).text,
            "logout_token": self._sign_logout_token(),
            "assertion": signed("ES256", self.assertion_claims("generated-keyed")),
            "secret_assertion": self._sign_with_secret(),
            "request_object": signed("ES256", self.object_claims()),
        }

    def assertion_claims(self, client_id: str) -> dict[str, Any]:
        """Return what a good client assertion says; each may be used once."""
        now = clock.timestamp()
        jti = f"{client_id}-{next(self._sources)}"
        return {
            "iss": client_id,
            "sub": client_id,
            "aud": self.provider.issuer,
            "exp": now + 300,
            "iat": now,
            "jti": jti,
        }

    def object_claims(self) -> dict[str, Any]:
        """Return what a good request object says, for a client without a secret of its own in it."""
        return {"iss": "generated-shop", "aud": self.provider.issuer, **request(self.shop)}

    def asserted(self, token: str) -> dict[str, str]:
        """Return the body parameters by which a client proves itself with an assertion."""
        return {"client_assertion_type": assertions.TYPE, "client_assertion": token}

    def _register(self) -> None:
        keyset = {"keys": [jwk(name) for name in ALL if name != "PS256"]}
        redirects = {"redirect_uris": [CALLBACK, OTHER_CALLBACK], "post_logout_redirect_uris": [SIGNED_OUT]}
        everything = {"grant_types": ["authorization_code", "refresh_token", "client_credentials", "implicit"]}
        everything |= {"response_types": ["code", *LEGACY_RESPONSE_TYPES], "request_object_signing_alg": "ES256"}
        self._add(
            "generated-shop",
            **redirects,
            **everything,
            scope=EVERY_SCOPE,
            jwks=keyset,
            request_uris=[FETCHED],
            require_pkce=False,
        )
        self._add("generated-phone", public=True, redirect_uris=[APP_CALLBACK, LOOPBACK_CALLBACK])
        self._add("generated-reader", userinfo_signed_response_alg="RS256", subject_type="pairwise")
        asserting = ["authorization_code", "client_credentials"]
        self._add("generated-keyed", token_endpoint_auth_method="private_key_jwt", jwks=keyset, grant_types=asserting)  # noqa: S106
        self._add("generated-signer", token_endpoint_auth_method="client_secret_jwt", grant_types=asserting)  # noqa: S106

    def _add(self, client_id: str, **members: Any) -> None:
        self.clients[client_id] = self.provider.client(client_id=client_id, **members)

    def _sign_with_secret(self) -> str:
        secret = self.clients["generated-signer"].secret or ""
        return jwt.encode(self.assertion_claims("generated-signer"), secret, algorithm="HS256")

    def _sign_logout_token(self) -> str:
        now = clock.timestamp()
        events = {"http://schemas.openid.net/event/backchannel-logout": {}}
        claims = {"iss": self.provider.issuer, "aud": "generated-shop", "sub": self.ann.sub, "sid": self.signed_in.sid}
        with self.provider.working():
            return keys.sign(
                claims | {"iat": now, "exp": now + 120, "jti": "j", "events": events}, "RS256", "logout+jwt"
            )


@contextmanager
def open_stage(data_dir: Path) -> Iterator[Stage]:
    """Open a provider with the older flows and open registration, on a new SQLite database in an empty directory."""
    values = make_settings(data_dir, sqlite_url(data_dir), legacy_response_types=True, registration="open")
    migrate(values)
    app = create_app(values)
    event.listen(app.extensions["idp.dispose"].__self__, "before_cursor_execute", _refuse_what_postgresql_refuses)
    try:
        yield Stage(app)
    finally:
        dispose(app)


class _Surprises(logging.Handler):
    """Remembers the exception behind a 500, so that a finding says where it came from."""

    last: BaseException | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Remember an exception."""
        if record.exc_info:
            self.last = record.exc_info[1]


def _refuse_what_postgresql_refuses(_connection: Any, _cursor: Any, _statement: str, parameters: Any, *_: Any) -> None:
    for value in _flatten(parameters):
        if isinstance(value, str) and "\0" in value:
            raise ValueError(f"PostgreSQL stores and compares no such text: {value!r}")


def _flatten(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for inner in value:
            yield from _flatten(inner)
    else:
        yield value
