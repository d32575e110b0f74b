"""The server as the machine speaks to it: everything that apps, people and administrators do, by the way that they do it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from werkzeug.test import TestResponse

from idp import sessions
from idp.accounts import credentials, lookup, service
from idp.accounts.models import Account
from idp.base import crypto
from idp.clients import exchanges
from idp.clients import service as clients
from idp.clients.metadata import TOKEN_EXCHANGE
from idp.clients.models import Client as ClientRow
from idp.oauth import consents
from tests.factories import CALLBACK, Client, Provider
from tests.oauth.families.model import App, Family, Rule, Session, Someone, Token
from tests.spec.rfc8693.exchanging import TYPES
from tests.spec.rfc9449.proving import ask, ath, prove, redeem, userinfo

SCOPES = ("openid", "offline_access", "read", "write")
SOURCE = "192.0.2.1"


class Parties:
    """A provider with people and apps of this example's own."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.people = [Someone(provider.person(f"{crypto.new_identifier().lower()}@example.org")) for _ in range(2)]
        bound: dict[str, Any] = {"public": True, "dpop_bound_access_tokens": True}
        both = {"grant_types": ["authorization_code", "refresh_token", TOKEN_EXCHANGE]}
        self.shop, self.phone, self.wallet = self._add(**both), self._add(public=True), self._add(**bound)
        self.api, self.store = self._add_service(), self._add_service()
        self.watcher = self._add().client

    def add_anew(self, client_id: str) -> App:
        """Register a service once more, under the identifier of one that is gone."""
        return self._add_service(client_id=client_id)

    def _add(self, **members: Any) -> App:
        client = self.provider.client(scope=" ".join(SCOPES), redirect_uris=[CALLBACK], **members)
        return App(client, set(SCOPES), is_bound=client.metadata.dpop_bound_access_tokens)

    def _add_service(self, **members: Any) -> App:
        grants = ["client_credentials", TOKEN_EXCHANGE]
        client = self.provider.client(grant_types=grants, scope=" ".join(SCOPES), redirect_uris=[], **members)
        return App(client, set(SCOPES))

    # What apps ask for

    def send(self, app: App, key: str | None, **form: Any) -> TestResponse:
        """Send a token request with a proof of a key, or without one."""
        proof = prove(self.provider, alg=key) if key is not None else None
        return ask(self.provider, app.client, proof, **form)

    def redeem(self, family: Family, key: str | None) -> TestResponse:
        """Redeem a code."""
        proof = prove(self.provider, alg=key) if key is not None else None
        return redeem(self.provider, family.app.client, family.code, proof)

    def exchange(
        self, app: App, token: Token, kind: str, audience: App | None, key: str | None, actor: Token | None
    ) -> TestResponse:
        """Exchange a token for one for an audience, perhaps with one that says who acts."""
        whom = self.provider.issuer if audience is None else audience.client.client_id
        shown = {"subject_token": token.value, "subject_token_type": f"{TYPES}{kind}"}
        if actor is not None:
            shown |= {"actor_token": actor.value, "actor_token_type": f"{TYPES}access_token"}
        return self.send(app, key, grant_type=TOKEN_EXCHANGE, audience=whom, **shown)

    def revoke(self, app: App, token: Token) -> TestResponse:
        """Give a token back."""
        return self.provider.revoke(app.client, token.value)

    # What others are told

    def introspect(self, token: str) -> dict[str, Any]:
        """Ask about an access token as a resource server of no family does."""
        return dict(self.provider.introspect(self.watcher, token).json)

    def is_told_of(self, token: Token) -> bool:
        """Return whether userinfo answers to a token, under its own scheme and with its own key."""
        if token.key is None:
            return bool(self.provider.userinfo(token.value).status_code == 200)
        proof = prove(self.provider, "GET", "/oauth/userinfo", alg=token.key, ath=ath(token.value))
        return bool(userinfo(self.provider, token.value, proof).status_code == 200)

    # What people and administrators do

    @contextmanager
    def registration(self, client: Client) -> Iterator[ClientRow]:
        """Give a client's row to change, locked."""
        with self.provider.working():
            row = clients.get(client.client_id, for_change=True)
            assert row is not None
            yield row

    def account(self, who: Someone) -> Account:
        """Return the account of somebody, inside `working`."""
        account = lookup.find(who.person.id)
        assert account is not None
        return account

    def put(self, rule: Rule) -> None:
        """Set a rule."""
        audience = "" if rule.audience is None else rule.audience.client.client_id
        manner = exchanges.DELEGATION if rule.delegates else exchanges.IMPERSONATION
        scope = " ".join(sorted(rule.scopes))
        said = exchanges.Rule(rule.subject.client.client_id, audience, scope, manner, rule.once)
        with self.registration(rule.app.client) as row:
            assert exchanges.put(row, said, actor="tests") is None

    def remove(self, rule: Rule) -> None:
        """Take a rule away."""
        audience = "" if rule.audience is None else rule.audience.client.client_id
        with self.registration(rule.app.client) as row:
            assert exchanges.remove(row, rule.subject.client.client_id, audience, actor="tests")

    def change_password(self, who: Someone, session: Session | None) -> None:
        """Choose a new password, in a browser that stays signed in, or by a link."""
        with self.provider.working():
            account = self.account(who)
            kept = sessions.find_of(account.id, session.browser.sid or "") if session is not None else None
            credentials.replace_password(account, account.password_hash or "", source=SOURCE, keep=kept)

    def set_disabled(self, who: Someone, disabled: bool) -> None:
        """Close an account, or open it again."""
        with self.provider.working():
            assert service.set_disabled(self.account(who), disabled, actor="tests") is None

    def withdraw(self, who: Someone, app: App) -> None:
        """Withdraw what somebody allowed an app."""
        with self.provider.working():
            account = self.account(who)
            consents.withdraw(account.id, app.client.client_id, subject=account.sub, source=SOURCE)

    def turn(self, app: App, disabled: bool) -> None:
        """Disable an app, or enable it again."""
        with self.registration(app.client) as row:
            clients.set_disabled(row, disabled)

    def amend(self, app: App, **members: Any) -> None:
        """Change an app's registration."""
        with self.registration(app.client) as row:
            assert clients.change(row, replace(clients.to_metadata(row), **members)) is row

    def delete(self, app: App) -> None:
        """Delete an app."""
        with self.registration(app.client) as row:
            clients.remove(row)
