"""From parameters to a checked request: the client, the request object, the redirect URI, then the policy.

The order is that of trust: nobody is redirected before the redirect URI has been compared with the client's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask_babel import gettext as _

from idp.base import clock
from idp.clients import service as clients
from idp.clients.registered import RegisteredClient
from idp.oauth import client_documents, dialects, policy, request_objects
from idp.oauth.authorize.pages import Request
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
        return Unanswerable(message, unknown.cause, named, ("client_id", named or ""), unknown.sentence)
    client = None if "client_id" in repeated else clients.find(named)
    if client is None:
        sent = ("client_id", named) if named else None
        return Unanswerable(
            _("No application is registered under this client identifier."), "unknown_client", named, sent
        )
    parameters, problem = outer, policy.find_problem(policy.BEFORE_OPENING, outer, client, repeated)
    if problem is None:
        opened = request_objects.open_request(outer, client)
        parameters, problem = (outer, opened) if isinstance(opened, tuple) else (opened, None)
    problem = problem or policy.find_problem(policy.OPENED, parameters, client, ())
    parameters = dialects.complete(parameters, client).complete(client)
    fault = find_fault(parameters, client, repeated)
    if fault is not None:
        message = _say_unopened(outer, problem)
        return replace(fault, message=message, cause=problem[1]) if message and problem else fault
    asked = Request(parameters, client, clock.now())
    problem = problem or policy.find_problem(policy.AUTHORIZATION, parameters, client, ())
    return Wrong(asked, problem) if problem is not None else asked


def _say_unopened(outer: AuthorizationParameters, problem: Problem | None) -> str | None:
    """Return what to say of a request object that could not be opened, where nothing around it says where to send the person."""
    if problem is None or outer.get("redirect_uri") or not (outer.get("request") or outer.get("request_uri")):
        return None
    return str(_("The application sent a request that this server cannot read (%(error)s).", error=problem[0]))


def find_fault(
    parameters: AuthorizationParameters, client: RegisteredClient, repeated: list[str]
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
