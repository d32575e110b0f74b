"""Signing in, and connecting an account, through another provider. Pages and older interfaces call the same two functions.

`start` says where to send the browser; `finish` takes what the browser brings back to the callback. Both are told the callback's
address, which must be registered at the provider, and a `browser`: a secret that only this browser has (`federation.browser`). What
`start` is given as `door` and `return_to` comes back from `finish`. `return_to` is sealed, but not judged: the caller checks it first.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from idp import audit
from idp.accounts import homes, lookup
from idp.accounts.models import Account
from idp.accounts.taking import Authority
from idp.base.database import pause
from idp.base.extensions import settings
from idp.base.outcome import Reason, Refused
from idp.federation import known, linking, providers, state
from idp.federation.errors import UpstreamError
from idp.federation.providers import Provider
from idp.federation.state import Binding, Ticket
from idp.sessions import BrowserSession

if TYPE_CHECKING:
    from idp.federation.exchange import Request

PAGES = "/signin/upstream"  # below which the pages of providers are
AMR = [homes.FEDERATED]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Started:
    """Where the browser has to go."""

    authorization_url: str


@dataclass(frozen=True)
class Finished:
    """One right first factor, shown by `amr`: the caller goes on with the second (`login.arrive`, `doors.arrive`).

    With `is_connected` nobody signed in: the provider was connected to the account that was signed in already.
    """

    account: Account
    amr: list[str]
    door: str
    return_to: str | None
    is_new: bool = False
    is_connected: bool = False


@dataclass(frozen=True)
class Waiting:
    """What an unused answer belongs to."""

    door: str
    return_to: str | None
    is_connecting: bool


def start(
    provider_key: str,
    *,
    callback: str,
    door: str,
    return_to: str | None,
    browser: str,
    signed_in: BrowserSession | None = None,
    login_hint: str | None = None,
) -> Started | Refused:
    """Begin; with `signed_in` to connect the provider to that session's account. `login_hint` is the address that was typed here.

    Refusals: UPSTREAM_OFF, UPSTREAM_FAILED.
    """
    provider = _find(provider_key)
    if provider is None:
        return Refused(Reason.UPSTREAM_OFF)
    ticket = Ticket(door, return_to)
    if signed_in is not None:
        account = lookup.find(signed_in.account_id)
        subject = account.sub if account is not None else None
        ticket = Ticket(door, return_to, subject, signed_in.id, signed_in.epoch)
    request = _request(ticket, state.seal(ticket, Binding(provider.key, callback, browser)), callback, login_hint)
    pause()
    from idp.federation import exchange

    try:
        return Started(exchange.authorization_url(provider, request))
    except UpstreamError as error:
        log.warning("Sign-in with %s cannot start: %s", provider.label, error)
        return Refused(Reason.UPSTREAM_FAILED)


def peek(provider_key: str, query: Mapping[str, str], *, browser: str, callback: str) -> Waiting | None:
    """Return what an answer belongs to, without using it up; None for one that `finish` refuses as UPSTREAM_STATE."""
    ticket = state.unseal(query.get("state", ""), Binding(provider_key, callback, browser))
    return Waiting(ticket.door, ticket.return_to, ticket.subject is not None) if ticket is not None else None


def finish(
    provider_key: str,
    query: Mapping[str, str],
    *,
    browser: str,
    callback: str,
    source: str,
    signed_in: BrowserSession | None = None,
) -> Finished | Refused:
    """Take the provider's answer, the query of the callback. A GET calls `database.for_writing()` first.

    Refusals: UPSTREAM_OFF; UPSTREAM_STATE for a state that is foreign, used, or too old; UPSTREAM_FAILED; those of
    `linking.find_owner`, or of `linking.connect` where `start` was given a session, which must be this one, live, and of the same epoch.
    """
    provider = _find(provider_key)
    if provider is None:
        return Refused(Reason.UPSTREAM_OFF)
    text = query.get("state", "")
    ticket = state.unseal(text, Binding(provider.key, callback, browser))
    if ticket is None or not state.spend(ticket):
        # Not recorded: anybody can send such requests, as many as they like.
        return Refused(Reason.UPSTREAM_STATE)
    connecting = None
    if ticket.subject is not None:
        if signed_in is None or signed_in.id != ticket.session_id:
            return Refused(Reason.UPSTREAM_STATE)
        connecting = Authority(signed_in.account_id, ticket.epoch, signed_in.id)
    outcome = _settle(provider, _request(ticket, text, callback), query, source, connecting)
    if isinstance(outcome, Refused):
        audit.record(
            "upstream.failed",
            outcome=audit.FAILURE,
            subject=ticket.subject,
            source=source,
            provider=provider.key,
            reason=outcome.reason.value,
        )
        return outcome
    is_connected = connecting is not None
    return Finished(outcome.account, [*AMR], ticket.door, ticket.return_to, outcome.is_new, is_connected)


def _settle(
    provider: Provider, request: "Request", query: Mapping[str, str], source: str, connecting: Authority | None
) -> linking.Owner | Refused:
    pause()
    from idp.federation import exchange

    try:
        found = exchange.identify(provider, request, query)
    except UpstreamError as error:
        log.warning("Sign-in with %s failed: %s", provider.label, error)
        return Refused(Reason.UPSTREAM_FAILED)
    if connecting is None:
        return linking.find_owner(provider, found, source=source)
    return linking.connect(connecting, provider, found, source=source)


def _find(key: str) -> Provider | None:
    provider = providers.find(key)
    return provider if provider is not None and provider.is_configured else None


def callback_of(provider_key: str) -> str:
    """Return the address of the pages' callback, which is registered at the provider."""
    return f"{settings().issuer}{PAGES}/{provider_key}/callback"


def find_home(domain: str) -> homes.Home | None:
    """Return the provider by which alone people with an address of this domain sign in."""
    row = known.find_home(domain)
    return homes.Home(row.key, row.label) if row is not None else None


def _request(ticket: Ticket, text: str, callback: str, login_hint: str | None = None) -> "Request":
    from idp.federation.exchange import Request

    return Request(callback, text, ticket.nonce, ticket.verifier, login_hint)
