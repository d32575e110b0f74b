"""Codes and refresh tokens with one thing wrong about each: a scene for every condition under which one is good."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update

from idp import sessions
from idp.accounts import lookup
from idp.accounts.models import Account
from idp.audit import AuditEvent
from idp.base import clock, database
from idp.clients import service as clients
from idp.clients.registered import RegisteredClient
from idp.factors import policy
from idp.factors.policy import Required
from idp.oauth import diagnosis, redeeming, refresh_tokens, tokens, validity
from idp.oauth.models import Grant, RefreshToken
from idp.oauth.parameters import AuthorizationParameters
from idp.oauth.refusals import Cause
from idp.oauth.tokens import Granted
from idp.oauth.validity import ShownCode
from idp.sessions import BrowserSession, Device
from tests.factories import CALLBACK, Client, Provider, challenge

LIFE = timedelta(days=30)
SCOPE = "openid offline_access"
BOUND = "jkt:0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


@dataclass
class Shown:
    """A code, or the refresh token of its grant, and how a client shows it."""

    provider: Provider
    client: Client
    account_id: int
    grant_id: int
    secret: str
    redirect_uri: str = CALLBACK
    challenge: str = field(default_factory=challenge)
    rival: Client | None = None
    resource: str | None = None

    @property
    def registered(self) -> RegisteredClient:
        """The client that shows it."""
        found = clients.find((self.rival or self.client).client_id)
        assert found is not None
        return found

    def set(self, table: Any, mine: Any, **values: Any) -> None:
        """Write to the rows of a scene."""
        with self.provider.working():
            database.connection().execute(update(table).where(mine).values(**values))

    def grant(self, **values: Any) -> None:
        """Write to the grant."""
        self.set(Grant, Grant.id == self.grant_id, **values)

    def token(self, **values: Any) -> None:
        """Write to the refresh token."""
        self.set(RefreshToken, RefreshToken.grant_id == self.grant_id, **values)

    def account(self, **values: Any) -> None:
        """Write to the account."""
        self.set(Account, Account.id == self.account_id, **values)

    def end_session(self) -> None:
        """End the session, as far as its row tells."""
        self.set(BrowserSession, BrowserSession.account_id == self.account_id, ended_at=clock.now())

    @property
    def code(self) -> ShownCode:
        """The code as it is shown, without any key."""
        return ShownCode(self.secret, self.redirect_uri, self.challenge, resource=self.resource)

    def redeem(self) -> Granted | None:
        """Claim the code."""
        return redeeming.redeem(self.code, self.registered, LIFE)

    def rotate(self) -> Granted | None:
        """Claim the rotation of the refresh token."""
        return redeeming.rotate(self.secret, self.registered, None, LIFE, self.resource)

    def extend(self) -> Granted | None:
        """Use the refresh token."""
        return redeeming.extend(self.secret, self.registered, self.resource)

    def diagnose_code(self) -> diagnosis.Fault | None:
        """Ask why the code is not good."""
        return diagnosis.of_code(self.code, self.registered)

    def diagnose_rotating(self) -> diagnosis.Fault | None:
        """Ask why a token that rotates is not good."""
        return self._diagnose(is_public=True)

    def diagnose_staying(self) -> diagnosis.Fault | None:
        """Ask why a token that stays is not good."""
        return self._diagnose(is_public=False)

    def _diagnose(self, *, is_public: bool) -> diagnosis.Fault | None:
        about = {"restricted": self.registered.is_restricted, "is_public": is_public}
        return diagnosis.of_refresh_token(self.secret, self.registered.client_id, resource=self.resource, **about)

    def written(self) -> tuple[Any, ...]:
        """Return whatever a claim writes: of the grant, of its tokens, and how much there is on record."""
        with self.provider.working():
            row = database.session().execute(
                select(Grant.redeemed_at, Grant.last_used_at, Grant.revoked_at).where(Grant.id == self.grant_id)
            )
            tokens_of = select(RefreshToken.rotated_at, RefreshToken.expires_at).where(
                RefreshToken.grant_id == self.grant_id
            )
            events = database.session().scalar(select(func.count()).select_from(AuditEvent))
            return *row.one(), *database.session().execute(tokens_of).all(), events


def show(provider: Provider, client: Client, name: str, *, as_token: bool = False) -> Shown:
    """Return a new code of somebody's own, or a refresh token that came of one."""
    person = provider.person(f"{name}@example.org")
    with provider.working():
        account = lookup.find(person.id)
        assert account is not None
        browser, _secret = sessions.open_session(account.id, account.token_epoch, ["pwd"], Device("127.0.0.1", "tests"))
        values = {"client_id": client.client_id, "redirect_uri": CALLBACK, "code_challenge": challenge()}
        code = tokens.issue_code(AuthorizationParameters(values), SCOPE, account, browser)
        grant_id = database.session().scalars(select(Grant.id).where(Grant.account_id == person.id)).one()
        if as_token:
            granted = tokens.get(grant_id)
            assert granted is not None
            refresh_tokens.keep(f"refresh token of {name}", granted, life=LIFE)
    return Shown(provider, client, person.id, grant_id, f"refresh token of {name}" if as_token else code)


Spoil = Callable[[Shown], None]


def lend(shown: Shown) -> None:
    """Have another client show it."""
    shown.rival = shown.provider.client(client_name="Rival", public=shown.client.metadata.is_public)


def demand(shown: Shown) -> None:
    """Demand a second factor of everybody."""
    with shown.provider.working():
        policy.put(Required.EVERYBODY, actor="test")


def unregister(shown: Shown) -> None:
    """Take the redirect URI out of the registration."""
    with shown.provider.registration(shown.client) as row:
        row.redirect_uris = ["https://rp.example/another"]
    with shown.provider.working():
        clients.reload()


def restrict(shown: Shown) -> None:
    """Let the client be for the members of groups alone, of which there are none."""
    with shown.provider.registration(shown.client) as row:
        row.is_restricted = True
    with shown.provider.working():
        clients.reload()


def restore(shown: Shown) -> None:
    """Undo what is everybody's."""
    with shown.provider.working():
        policy.put(Required.NOBODY, actor="test")
    with shown.provider.registration(shown.client) as row:
        row.redirect_uris, row.is_restricted = [CALLBACK], False
    with shown.provider.working():
        clients.reload()


OPEN: dict[Cause, Spoil] = {
    Cause.ACCOUNT_DISABLED: lambda shown: shown.account(disabled_at=clock.now()),
    Cause.CREDENTIALS_CHANGED: lambda shown: shown.account(token_epoch=7),
    Cause.GRANT_REVOKED: lambda shown: shown.grant(revoked_at=clock.now()),
    Cause.GRANT_EXPIRED: lambda shown: shown.grant(expires_at=clock.now()),
}
AIMED: dict[Cause, Spoil] = {
    Cause.RESOURCE_NOT_GRANTED: lambda shown: setattr(shown, "resource", "https://other.example/"),
}
CODE: dict[Cause, Spoil] = {
    Cause.CODE_OF_ANOTHER_CLIENT: lend,
    Cause.CODE_USED: lambda shown: shown.grant(redeemed_at=clock.now()),
    Cause.CODE_EXPIRED: lambda shown: shown.grant(code_expires_at=clock.now()),
    **OPEN,
    Cause.SESSION_ENDED: lambda shown: shown.end_session(),
    Cause.SECOND_FACTOR_MISSING: demand,
    Cause.NOT_ADMITTED: restrict,
    Cause.REDIRECT_URI_DIFFERS: lambda shown: shown.grant(redirect_uri="https://rp.example/other"),
    Cause.CODE_ADDRESS_REMOVED: unregister,
    Cause.VERIFIER_WRONG: lambda shown: shown.grant(code_challenge=None),
    Cause.KEY_DIFFERS: lambda shown: shown.grant(confirmation=BOUND),
    **AIMED,
}
STAYING: dict[Cause, Spoil] = {
    Cause.REFRESH_TOKEN_OF_ANOTHER_CLIENT: lend,
    Cause.REFRESH_TOKEN_USED: lambda shown: shown.token(rotated_at=clock.now()),
    **OPEN,
    Cause.SESSION_ENDED: lambda shown: (shown.grant(offline=False), shown.end_session())[0],
    Cause.REFRESH_TOKEN_EXPIRED: lambda shown: shown.token(expires_at=clock.now()),
    Cause.SECOND_FACTOR_MISSING: demand,
    Cause.NOT_ADMITTED: restrict,
    **AIMED,
}
ROTATING: dict[Cause, Spoil] = STAYING | {
    # Just as old as the grace window is long.
    Cause.REFRESH_TOKEN_USED: lambda shown: shown.token(rotated_at=clock.now() - timedelta(seconds=10)),
    Cause.KEY_DIFFERS: lambda shown: shown.grant(confirmation=BOUND),
}


@dataclass(frozen=True)
class Kind:
    """One of the things that a client may show: its conditions, their scenes, how it is claimed, and how one asks why not."""

    conditions: validity.Conditions
    scenes: dict[Cause, Spoil]
    claim: Callable[[Shown], Granted | None]
    diagnose: Callable[[Shown], diagnosis.Fault | None]
    is_public: bool = False
    statements: tuple[Any, ...] = ()

    def show(self, provider: Provider, client: Client, name: str) -> Shown:
        """Return a new one that is good."""
        return show(provider, client, name, as_token=self is not KINDS["code"])


KINDS = {
    "code": Kind(
        validity.CODE, CODE, Shown.redeem, Shown.diagnose_code,
        statements=(redeeming._redeem, redeeming._find_code, redeeming._claim_code, diagnosis._code),
    ),
    "rotating": Kind(
        validity.ROTATING, ROTATING, Shown.rotate, Shown.diagnose_rotating, is_public=True,
        statements=(redeeming._rotate, redeeming._find_rotated, redeeming._claim_rotation, diagnosis._rotating),
    ),
    "staying": Kind(
        validity.STAYING, STAYING, Shown.extend, Shown.diagnose_staying,
        statements=(redeeming._find_unrotated, diagnosis._staying),
    ),
}  # fmt: skip
