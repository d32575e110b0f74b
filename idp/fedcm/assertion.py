"""An ID token for an app's page, by the same decision as every authorization request; and the end of what an app was allowed.

What the browser has told the person counts as their consent where `interaction.decide` would ask for it, to exactly that: the claims of the
fields that it named. Whatever else is due is done on our pages, to which the browser opens a window.
"""

import json
from dataclasses import dataclass, replace

from idp.accounts import taking
from idp.accounts.models import Account
from idp.accounts.taking import Authority
from idp.base import clock
from idp.base.outcome import Refused
from idp.clients import uses
from idp.clients.registered import RegisteredClient
from idp.fedcm.reading import CLAIMS, EVERYTHING, Wish
from idp.oauth import claims, consents, policy, sight, subjects, tokens
from idp.oauth.authorize import deciding
from idp.oauth.authorize.pages import Request, keep, resume_path
from idp.oauth.interaction import AskConsent, Issue, Refuse
from idp.oauth.parameters import FOR_BROWSER, AuthorizationParameters
from idp.oauth.sight import Sight
from idp.sessions import BrowserSession, find_of


@dataclass(frozen=True)
class Token:
    """The answer: an ID token."""

    value: str


@dataclass(frozen=True)
class Continue:
    """The person is needed on a page of ours: its path."""

    path: str


@dataclass(frozen=True)
class Wrong:
    """The app gets an error; `is_over` where nobody is signed in any more."""

    error: str
    description: str
    is_over: bool = False


Answer = Token | Continue | Wrong
OVER = Wrong("login_required", "Nobody is signed in.", is_over=True)
NOT_THEIRS = Wrong("access_denied", "Another account is signed in.")


def answer(wish: Wish, client: RegisteredClient, uri: str, digest: bytes, *, source: str) -> Answer:
    """Return the ID token that a wish is for, or what comes before it; `uri` is the client's redirect URI at the page's origin.

    The account is taken first, so that nothing which the decision stands on moves before the grant is recorded.
    """
    seen = sight.look_by(digest, client)
    if seen is None:
        return OVER
    account = taking.take(Authority(seen.account_id, session_id=seen.session_id))
    seen = sight.look_by(digest, client)
    if isinstance(account, Refused) or seen is None:
        return OVER
    if account.sub != wish.account_id:
        return NOT_THEIRS
    parameters = ask(client, uri, _fields(wish, seen), wish)
    problem = policy.find_problem(policy.BROWSER, parameters, client, ())
    if problem is not None:
        return Wrong(*problem)
    return _decide(Request(parameters, client, clock.now()), wish, seen, account, source)


def ask(
    client: RegisteredClient, uri: str, fields: frozenset[str], wish: Wish | None = None
) -> AuthorizationParameters:
    """Return a wish as an authorization request: for the claims of these fields by name, since the scopes would bring more."""
    named = {claim: None for field in sorted(fields) for claim in CLAIMS[field]}
    values = {
        "client_id": client.client_id,
        "redirect_uri": uri,
        "response_type": "id_token",
        "scope": "openid",
        "claims": json.dumps({"id_token": named}),
        FOR_BROWSER: "yes",
    }
    said = dict(wish.parameters) if wish is not None else {}
    return AuthorizationParameters(said | values).complete(client)


def issue(asked: Request, account: Account, browser: BrowserSession) -> str:
    """Record the grant of somebody whose account is held, and return its ID token."""
    scope = asked.parameters.granted_scope(asked.client)
    granted = tokens.record(asked.parameters, scope, account, browser, code=None, is_used=True)
    uses.note(asked.client.client_id)
    return claims.sign_id_token(asked.client, granted, None, nonce=granted.nonce, scopes=scope.split())


def disconnect(client: RegisteredClient, hint: str, digest: bytes, *, source: str) -> str | None:
    """Forget what somebody allowed a client and end what it holds; return their account's identifier, None where nothing was done.

    The hint is what the app knows them by: their subject there, or what they sign in with.
    """
    seen = sight.look_by(digest, client)
    account = taking.take(Authority(seen.account_id, session_id=seen.session_id)) if seen is not None else None
    if account is None or isinstance(account, Refused) or consents.find(account.id, client.client_id) is None:
        return None
    names = {account.username, account.email, account.sub, subjects.of(account.sub, client)}
    if hint not in names:
        return None
    consents.withdraw(account.id, client.client_id, subject=account.sub, source=source)
    return account.sub


def _fields(wish: Wish, seen: Sight) -> frozenset[str]:
    """Return what is to be told. Browsers that do not say mean everything if they showed it; else nothing, but what was allowed before."""
    if wish.fields is not None:
        return wish.fields
    return EVERYTHING if wish.disclosed or seen.allowed is not None else frozenset()


def _decide(asked: Request, wish: Wish, seen: Sight, account: Account, source: str) -> Answer:
    step = deciding.decide(asked, seen)
    if isinstance(step, AskConsent) and _is_told(asked, wish):
        items = asked.parameters.consent_items
        consents.remember(account.id, asked.client.client_id, items, subject=account.sub, source=source)
        asked = replace(asked, agreed_by=account.id)
        step = deciding.decide(asked, replace(seen, allowed=" ".join({*(seen.allowed or "").split(), *items})))
    if isinstance(step, Issue):
        browser = find_of(account.id, seen.session_id)
        return Token(issue(asked, account, browser)) if browser is not None else OVER
    if isinstance(step, Refuse):
        return Wrong(step.error, step.description)
    return Continue(resume_path(keep(asked)))


def _is_told(asked: Request, wish: Wish) -> bool:
    """Return whether the browser has told the person everything that they would be asked to allow."""
    told = {f"claim:{claim}" for field in wish.disclosed for claim in CLAIMS[field]} | {"openid"}
    return bool(wish.disclosed) and told.issuperset(asked.parameters.consent_items)
