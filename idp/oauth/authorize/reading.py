"""From parameters to a checked request: the client, the request object, the redirect URI, then the policy.

The order is that of trust: nobody is redirected before the redirect URI has been compared with the client's.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from flask_babel import gettext as _

from idp.base import clock
from idp.clients import service as clients
from idp.clients.registered import RegisteredClient
from idp.oauth import client_documents, dialects, policy, request_objects, waiting
from idp.oauth.authorize.pages import Request, take_up
from idp.oauth.parameters import AuthorizationParameters, read
from idp.oauth.policy import Problem


@dataclass(frozen=True)
class Unanswerable:
    """A request that nobody can be sent back with.

    `message` says on a page why, `cause` is the word for the audit log, and `sent` is the parameter that was wrong, if one was;
    `advice` tells developers what is the matter, where that can be said.
    """

    message: str
    cause: str
    client_id: str | None = None
    sent: tuple[str, str] | None = None
    problem: Problem | None = None  # what else is wrong with it, where that was found before
    advice: str | None = None


@dataclass(frozen=True)
class Wrong:
    """A request that the client is told is wrong."""

    asked: Request
    problem: Problem


def check(pairs: Mapping[str, list[str]]) -> Request | Wrong | Unanswerable:
    """Return a request in which everything is in order, or what is to be said about it."""
    outer, repeated = read(pairs)
    named = outer.get("client_id")
    unknown = client_documents.follow(named) if "client_id" not in repeated else None
    if unknown is not None:
        message = _("The application says who it is at an address that this server cannot use.")
        return Unanswerable(message, unknown.cause, named, ("client_id", named or ""), advice=unknown.sentence)
    client = None if "client_id" in repeated else clients.find(named)
    if client is None:
        sent = ("client_id", named) if named else None
        return Unanswerable(
            _("No application is registered under this client identifier."), "unknown_client", named, sent
        )
    if outer.pushed_secret is not None:
        return _take_up(outer.pushed_secret, client)
    return examine(outer, client, repeated)


def examine(
    outer: AuthorizationParameters,
    client: RegisteredClient,
    repeated: Collection[str],
    before: str = policy.BEFORE_OPENING,
) -> Request | Wrong | Unanswerable:
    """Return the request of a known client in which everything is in order, or what is to be said about it.

    `before` is the endpoint, before a request object is opened.
    """
    parameters, problem = outer, policy.find_problem(before, outer, client, repeated)
    if problem is None:
        opened = request_objects.open_request(outer, client)
        parameters, problem = (outer, opened) if isinstance(opened, tuple) else (opened, None)
    problem = problem or policy.find_problem(policy.OPENED, parameters, client, ())
    parameters = dialects.complete(parameters, client).complete(client)
    fault = find_fault(parameters, client, repeated)
    if fault is not None:
        message = _say_unopened(outer, problem)
        fault = replace(fault, problem=problem)
        return replace(fault, message=message, cause=problem[1]) if message and problem else fault
    asked = Request(parameters, client, clock.now())
    problem = problem or policy.find_problem(policy.AUTHORIZATION, parameters, client, ())
    return Wrong(asked, problem) if problem is not None else asked


def _take_up(secret: str, client: RegisteredClient) -> Request | Unanswerable:
    """Return the request that this client pushed a moment ago (RFC 9126, section 4); what stands beside its reference is ignored."""
    kept = waiting.find(secret)
    waits = kept.waiting if kept is not None and kept.client_id == client.client_id else None
    until = waits.pushed_until if waits is not None else None
    found = take_up(waits, client, secret) if waits is not None and until is not None and until > clock.now() else None
    if found is None:
        message = _(
            "The application’s request has been answered already, or has expired. Go back and start again there."
        )
        return Unanswerable(message, "pushed_request_over", client.client_id)
    return replace(found, is_reference=True)


def _say_unopened(outer: AuthorizationParameters, problem: Problem | None) -> str | None:
    """Return what to say of a request object that could not be opened, where nothing around it says where to send the person."""
    if problem is None or outer.get("redirect_uri") or not (outer.get("request") or outer.get("request_uri")):
        return None
    return str(_("The application sent a request that this server cannot read (%(error)s).", error=problem[0]))


def find_fault(
    parameters: AuthorizationParameters, client: RegisteredClient, repeated: Collection[str]
) -> Unanswerable | None:
    """Return why nobody may be redirected (RFC 6749, section 4.1.2.1)."""
    redirect_uri = parameters.get("redirect_uri")
    if redirect_uri is None or "redirect_uri" in repeated:
        message = _("The application did not say where to send you back: the redirect URI is missing.")
        return Unanswerable(message, "redirect_uri_missing", client.client_id)
    if not client.check_redirect_uri(redirect_uri):
        message = _("The application asked to send you back to a redirect URI that is not registered for it.")
        return Unanswerable(message, "redirect_uri_not_registered", client.client_id, ("redirect_uri", redirect_uri))
    return None
