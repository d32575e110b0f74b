"""What the rows use up: clients, one person, and any number of codes and tokens, written as the provider itself would."""

import base64
import hashlib
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from idp import create_app, sessions
from idp.accounts import lookup
from idp.base import clock, database
from idp.clients import service as clients
from idp.config import Settings
from idp.oauth import access_tokens, consents, refresh_tokens, tokens
from idp.oauth.models import Grant
from idp.oauth.parameters import AuthorizationParameters
from idp.oauth.tokens import Granted
from tests.support.serving import RunningServer

REDIRECT_URI = "http://127.0.0.1:9/callback"  # nothing listens there: the redirects are read, never followed
SCOPE = "openid profile email offline_access"
EMAIL, PASSWORD = "bench@example.org", "eleven quiet benches in the park"
VERIFIER = "a-code-verifier-of-the-benchmark-and-of-nobody-else"


def challenge() -> str:
    """Return the S256 challenge of the verifier (RFC 7636, section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True)
class Client:
    """A registered client; a public one has no secret."""

    client_id: str
    secret: str | None


class Material:
    """Writes into a running server's database, through an application of its own with the same settings."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server
        own = {name[4:].lower(): value for name, value in server.environment.items() if name.startswith("IDP_")}
        self._app = create_app(Settings(_env_file=None, **own))
        self.web = self._client("web")
        self.web_es256 = self._client("web, ES256", "--id-token-alg", "ES256")
        self.mobile = self._client("mobile", "--public")
        self.machine = self._client("machine", "--grant", "client_credentials", "--scope", "jobs", redirects=False)
        made = server.idp("user", "create", "--email", EMAIL, "--password-stdin", "--verified", stdin=f"{PASSWORD}\n")
        self._account_id = int(json.loads(made)["id"])

    def close(self) -> None:
        """Close the application's connections."""
        self._app.extensions["idp.dispose"]()

    def consent(self, client: Client) -> None:
        """Remember the person's consent to a client, so that signing in asks for none."""
        with self._app.app_context():
            account = lookup.find(self._account_id)
            assert account is not None
            scopes = tuple(SCOPE.split())
            consents.remember(account.id, client.client_id, scopes, subject=account.sub, source="127.0.0.1")
            database.commit()

    def codes(self, client: Client, count: int) -> tuple[str, ...]:
        """Return authorization codes, none of them used, good for an hour."""
        with self._app.app_context():
            codes, _grants = self._issue(client, count)
            database.commit()
        return codes

    def refresh_tokens(self, client: Client, count: int) -> tuple[str, ...]:
        """Return refresh tokens, each of a grant of its own."""
        with self._app.app_context():
            _codes, grants = self._issue(client, count)
            ids = {granted.session_id for granted in grants}
            now = clock.now()
            statement = update(Grant).where(Grant.session_id.in_(ids)).values(redeemed_at=now, last_used_at=now)
            database.run(statement)
            found = tuple(refresh_tokens.issue(granted) for granted in grants)
            database.commit()
        return found

    def access_tokens(self, client: Client, count: int) -> tuple[str, ...]:
        """Return access tokens of the person, each of a grant of its own."""
        with self._app.app_context():
            _codes, grants = self._issue(client, count)
            database.commit()
            return tuple(access_tokens.sign_access_token(client.client_id, SCOPE, granted) for granted in grants)

    def _client(self, name: str, *options: str, redirects: bool = True) -> Client:
        uris = ("--redirect-uri", REDIRECT_URI) if redirects else ()
        told: dict[str, Any] = json.loads(self._server.idp("client", "create", "--name", name, *uris, *options))
        return Client(told["client_id"], told.get("client_secret"))

    def _issue(self, client: Client, count: int) -> tuple[tuple[str, ...], list[Granted]]:
        """Record grants in one session of the person's, as the authorization endpoint does."""
        account, registered = lookup.find(self._account_id), clients.find(client.client_id)
        assert account is not None
        assert registered is not None
        device = sessions.Device("127.0.0.1", "benchmark")
        browser, _token = sessions.open_session(account.id, account.token_epoch, ["pwd"], device)
        parameters = AuthorizationParameters(
            {
                "client_id": client.client_id,
                "redirect_uri": REDIRECT_URI,
                "nonce": "n-0S6_WzA2Mj",
                "code_challenge": challenge(),
                "code_challenge_method": "S256",
            }
        )
        codes = tuple(tokens.issue_code(parameters, SCOPE, account, browser) for _ in range(count))
        of_ours = Grant.session_id == browser.id
        database.run(update(Grant).where(of_ours).values(code_expires_at=clock.now() + timedelta(hours=1)))
        first = tokens.find_code(codes[0], registered)
        assert first is not None
        ids = database.connection().scalars(select(Grant.id).where(of_ours).order_by(Grant.id))
        return codes, [replace(first, id=grant_id) for grant_id in ids]
