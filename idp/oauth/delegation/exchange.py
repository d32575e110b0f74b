"""The token exchange grant (RFC 8693): another token for one that the client was shown, by a rule of administrators.

The new token belongs to the grant of the subject's, and ends with it; it is never good for more, nor for longer. Whom it is for is one
client of this server, one of its APIs (RFC 8707), or this server.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError

from idp import audit, replay
from idp.base.extensions import settings
from idp.base.http import source
from idp.clients import exchanges
from idp.clients import service as clients
from idp.clients.exchanges import DELEGATION, HERE, Rule
from idp.clients.metadata import TOKEN_EXCHANGE
from idp.clients.registered import RegisteredClient
from idp.oauth import access_tokens, audiences
from idp.oauth.delegation import shown as showing
from idp.oauth.delegation.shown import ACCESS_TOKEN, Shown
from idp.oauth.demands import TWO_FACTORS
from idp.oauth.grants.entitlement import Entitlement
from idp.oauth.grants.narrowing import narrow_scope
from idp.oauth.grants.phases import Grant
from idp.oauth.refusals import Cause, Refusal
from idp.oauth.scopes import listed
from idp.oauth.server import ServerRequest
from idp.oauth.tokens import Granted
from idp.resources import known as resources
from idp.resources.definition import Definition

MOST_ACTORS = 8  # clients that a token has come through, before it is exchanged no further


class TokenExchangeGrant(Grant):
    """RFC 8693, section 2."""

    GRANT_TYPE = TOKEN_EXCHANGE

    def claim(self) -> Entitlement:
        """Return what the rule makes of the subject token, which is used up where the rule says so.

        Raises:
            Refusal: `invalid_request` for a token that is no good, `invalid_target` for an audience that is none of the client's,
                `unauthorized_client` for a client without any rule (section 2.2.2).
            InvalidScopeError: a scope that the subject token has not, or the rule not.
        """
        _check_form(self.request)
        audience = _find_audience(self.request)
        api = _find_api(audience, self.client)
        subject = showing.read_subject(*self._sent("subject_token"), self.client, self.confirmation)
        actor = None
        if "actor_token" in self.request.form:
            actor = showing.read_actor(*self._sent("actor_token"), self.client, self.confirmation)
        rule = _find_rule(self.client, subject, audience)
        act = _name_actor(self.client, rule, subject, actor)
        _check_demands(self.client, subject)
        scope = self._read_scope(rule, subject, api)
        if rule.once and not _use_up(self.client, subject):
            raise Refusal("invalid_request", Cause.SUBJECT_TOKEN_USED)
        _record(self.client, rule, subject, act, scope)
        return Entitlement(
            scope,
            _without_resources(subject.granted),
            claims=_describe(self.client, subject, audience, act),
            members={"issued_token_type": ACCESS_TOKEN},
            until=min(shown.until for shown in (subject, actor) if shown is not None),
            is_sign_in=False,
            audience=api,
        )

    def _sent(self, name: str) -> tuple[str, str]:
        return self.request.form[name], self.request.form[f"{name}_type"]

    def _read_scope(self, rule: Rule, subject: Shown, api: Definition | None) -> str:
        """Return the asked scopes, or without `scope` all that there may be; for an API its own alone."""
        possible = [scope for scope in subject.scope.split() if scope in rule.scopes]
        possible = possible if api is None else api.keep(possible)
        narrow_scope(self.request, self.client)
        asked = (self.request.payload.scope or "").split()
        foreign = [scope for scope in asked if scope not in possible]
        if foreign:
            raise InvalidScopeError(f"The scope {listed(foreign)} cannot be had for this token.")
        return " ".join(asked or possible)


def _check_form(request: ServerRequest) -> None:
    """Look at what section 2.1 demands of a request."""
    form = request.form
    for name in ("subject_token", "subject_token_type"):
        if name not in form:
            raise InvalidRequestError(f"Missing '{name}' in request.")
    if ("actor_token" in form) != ("actor_token_type" in form):
        raise InvalidRequestError("The parameters actor_token and actor_token_type go together.")
    if form.get("requested_token_type", ACCESS_TOKEN) != ACCESS_TOKEN:
        raise Refusal("invalid_request", Cause.TOKEN_TYPE_UNSUPPORTED)


def _find_audience(request: ServerRequest) -> str:
    """Return for whom the new token is to be: a client or an API of this server, or this server, which is meant where nobody is named.

    What `resource` names is an API, or this server: that was looked at before.
    """
    issuer = settings().issuer
    named = {request.form[name] for name in ("audience", "resource") if name in request.form}
    if len(named) > 1:
        raise Refusal("invalid_target", Cause.EXCHANGE_AUDIENCE)
    (audience,) = named or {issuer}
    if audience != issuer and resources.find(audience) is None and clients.find(audience) is None:
        raise Refusal("invalid_target", Cause.EXCHANGE_AUDIENCE)
    return HERE if audience == issuer else audience


def _find_api(audience: str, client: RegisteredClient) -> Definition | None:
    """Return the API of an audience, of which the client is registered for something; None where it is no API."""
    found = resources.find(audience)
    if found is not None and audiences.find_problem([audience], client) is not None:
        raise Refusal("invalid_target", Cause.EXCHANGE_AUDIENCE)
    return found


def _find_rule(client: RegisteredClient, subject: Shown, audience: str) -> Rule:
    rule = exchanges.find(client.client_id, subject.client_id, audience)
    if rule is not None:
        return rule
    others = exchanges.of_client(client.client_id)
    if not others:
        raise Refusal("unauthorized_client", Cause.EXCHANGE_NOT_ALLOWED)
    if any(other.subject == subject.client_id for other in others):
        raise Refusal("invalid_target", Cause.EXCHANGE_AUDIENCE)
    raise Refusal("invalid_request", Cause.EXCHANGE_NOT_ALLOWED)


def _name_actor(client: RegisteredClient, rule: Rule, subject: Shown, actor: Shown | None) -> dict[str, Any] | None:
    """Return who acts for the subject (section 4.1), before whom others may have: their chain is never lost."""
    if len(subject.claims.get(access_tokens.THROUGH, ())) >= MOST_ACTORS:
        raise Refusal("invalid_request", Cause.ACTORS_TOO_MANY)
    if rule.manner != DELEGATION and actor is not None:
        raise Refusal("invalid_request", Cause.ACTOR_UNWANTED)
    who = actor.sub if actor is not None else client.client_id
    identity = {"iss": settings().issuer, "sub": who, "client_id": client.client_id}
    may_act = subject.claims.get("may_act")
    if may_act is not None and not _is_named(identity, may_act):
        raise Refusal("invalid_request", Cause.ACTOR_NOT_ALLOWED)
    before = subject.claims.get("act")
    if rule.manner != DELEGATION:
        return before
    return {"sub": who} | ({"act": before} if before is not None else {})


def _is_named(identity: dict[str, str], may_act: Any) -> bool:
    """Return whether `may_act` (section 4.4) names an actor: by all that it says, of which there is something."""
    return isinstance(may_act, dict) and bool(may_act) and may_act.items() <= identity.items()


def _check_demands(client: RegisteredClient, subject: Shown) -> None:
    """Look at what the new client demands of its people; the subject token's own client was asked already."""
    granted = subject.granted
    if granted is None:
        return
    if client.metadata.require_second_factor and TWO_FACTORS not in granted.amr:
        raise Refusal("invalid_request", Cause.SECOND_FACTOR_MISSING)
    if not access_tokens.is_let_in(granted.account_id, client):
        raise Refusal("invalid_request", Cause.NOT_ADMITTED)


def _without_resources(granted: Granted | None) -> Granted | None:
    """Return a grant without the APIs and details that it names: whom the new token is for is said by the rule."""
    return replace(granted, resources=None, authorization_details=None) if granted is not None else None


def _use_up(client: RegisteredClient, subject: Shown) -> bool:
    until = datetime.fromtimestamp(subject.until, UTC)
    return replay.claim(f"token-exchange/{client.client_id}", subject.mark, until)


def _describe(client: RegisteredClient, subject: Shown, audience: str, act: dict[str, Any] | None) -> dict[str, Any]:
    """Return the claims that the new token has besides: for whom it is, who acts, and through whom it came."""
    through = [*subject.claims.get(access_tokens.THROUGH, ()), subject.client_id]
    behind = access_tokens.list_registrations([*map(clients.find, through), client])
    claims: dict[str, Any] = {"aud": audience or settings().issuer, access_tokens.THROUGH: through}
    claims[access_tokens.REGISTRATIONS] = behind
    claims |= {"act": act} if act is not None else {}
    return claims | ({"sub": subject.sub} if subject.granted is None else {})


def _record(client: RegisteredClient, rule: Rule, subject: Shown, act: dict[str, Any] | None, scope: str) -> None:
    audit.record(
        "token.exchanged",
        subject=subject.granted.sub if subject.granted is not None else None,
        client_id=client.client_id,
        source=source(),
        of_client=subject.client_id,
        audience=rule.audience or settings().issuer,
        manner=rule.manner,
        acts=act["sub"] if act is not None else None,
        scope=scope,
    )
