"""Identity assertions for other authorization servers (ID-JAG, draft-ietf-oauth-identity-assertion-authz-grant): how they are issued.

A client that people sign in to shows its ID token or refresh token, and gets a short-lived JWT for a server that trusts this one. What
may stand in it is said by rules of administrators (`groups.assertion_rules`). No address of this server takes one: its type is its own.
"""

from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError, OAuth2Error

from idp import audit, keys
from idp.accounts import lookup
from idp.base import clock, crypto
from idp.base.extensions import settings
from idp.base.http import source
from idp.clients import service as clients
from idp.clients import uses
from idp.clients.metadata import TOKEN_EXCHANGE
from idp.clients.registered import RegisteredClient
from idp.groups import assertion_rules
from idp.groups.assertion_rules import Rule
from idp.oauth import rich_requests, subjects, telling
from idp.oauth.assertions import ID_JAG_TYPE
from idp.oauth.constraint.confirmation import JKT, Confirmation
from idp.oauth.delegation import shown as showing
from idp.oauth.delegation.shown import ID_TOKEN, REFRESH_TOKEN, TYPES, Shown
from idp.oauth.grants.entitlement import Entitlement
from idp.oauth.grants.phases import Grant
from idp.oauth.refusals import Cause, Refusal
from idp.oauth.scopes import listed
from idp.oauth.server import ServerRequest
from idp.oauth.tokens import Granted
from idp.resources import naming

ID_JAG = f"{TYPES}id-jag"
LIFE = 300  # seconds
NOT_APPLICABLE = "N_A"  # RFC 8693, section 2.2.1: the type of what is no access token


@dataclass(frozen=True)
class Asked:
    """What an assertion is to be for, of what the rule allows: scopes and resources of the other server."""

    rule: Rule
    scope: str
    resources: tuple[str, ...]


class IdentityAssertionGrant(Grant):
    """Section 4.3 of the draft: a token exchange whose `requested_token_type` is an ID-JAG."""

    GRANT_TYPE = TOKEN_EXCHANGE
    IS_FOR_ANOTHER_SERVER = True

    @classmethod
    def check_token_endpoint(cls, request: ServerRequest) -> bool:
        """Return whether a token exchange asks for an assertion; the others are `TokenExchangeGrant`'s."""
        return bool(super().check_token_endpoint(request)) and request.form.get("requested_token_type") == ID_JAG

    def claim(self) -> Entitlement:
        """Return the assertion as the members of the answer (section 4.3.3).

        Raises:
            Refusal: `invalid_request` for a token that is no good, `invalid_target` for a server or resource that is none of the rule's,
                `unauthorized_client` for a client without any rule (RFC 8693, section 2.2.2).
            OAuth2Error: `invalid_authorization_details`: no rule has any.
            InvalidScopeError: none of the scopes that are asked for can be had.
        """
        form = self.request.form
        _check_form(self.request)
        subject = showing.read_subject(form["subject_token"], form["subject_token_type"], self.client, None)
        granted = subject.granted
        if granted is None or subject.client_id != self.client.client_id or "openid" not in subject.scope.split():
            raise Refusal("invalid_request", Cause.SUBJECT_TOKEN_WRONG)
        rule = _find_rule(self.client, form["audience"])
        asked = Asked(rule, _read_scope(rule, form.get("scope")), _read_resources(rule, form.get(naming.PARAMETER)))
        if not assertion_rules.is_for(granted.account_id, self.client.client_id, rule):
            raise Refusal("invalid_request", Cause.ASSERTION_NOT_FOR_PERSON)
        claims = _describe(self.client, subject, granted, asked) | _confirm(self.confirmation)
        relying_party = _find_relying_party(rule)
        algorithm = relying_party.id_token_algorithm if relying_party is not None else keys.FALLBACK
        _record(self.client, granted, asked, claims)
        answer = {
            "issued_token_type": ID_JAG,
            "access_token": keys.sign(claims, algorithm, ID_JAG_TYPE),
            "token_type": NOT_APPLICABLE,
            "expires_in": claims["exp"] - claims["iat"],
        }
        return Entitlement(asked.scope, granted, members=answer | ({"scope": asked.scope} if asked.scope else {}))


def _check_form(request: ServerRequest) -> None:
    """Look at what the draft demands of a request, in section 4.3."""
    form = request.form
    for name in ("audience", "subject_token", "subject_token_type"):
        if name not in form:
            raise InvalidRequestError(f"Missing '{name}' in request.")
    if form["subject_token_type"] not in (ID_TOKEN, REFRESH_TOKEN):
        raise Refusal("invalid_request", Cause.TOKEN_TYPE_UNSUPPORTED)
    if "actor_token" in form or "actor_token_type" in form:
        raise Refusal("invalid_request", Cause.ACTOR_UNWANTED)
    if rich_requests.PARAMETER in form:
        raise OAuth2Error("No authorization_details can be had in an ID-JAG.", error=rich_requests.INVALID)


def _find_rule(client: RegisteredClient, audience: str) -> Rule:
    rule = assertion_rules.find(client.client_id, audience)
    if rule is not None:
        return rule
    if assertion_rules.of_client(client.client_id):
        raise Refusal("invalid_target", Cause.EXCHANGE_AUDIENCE)
    raise Refusal("unauthorized_client", Cause.EXCHANGE_NOT_ALLOWED)


def _read_scope(rule: Rule, text: str | None) -> str:
    """Return those of the asked scopes that may be had, or without `scope` all that there may be."""
    possible = rule.scope.split()
    if text is None:
        return " ".join(possible)
    asked = list(dict.fromkeys(text.split()))
    kept = [scope for scope in asked if scope in possible]
    if asked and not kept:
        raise InvalidScopeError(f"The scope {listed(asked)} cannot be had at this audience.")
    return " ".join(kept)


def _read_resources(rule: Rule, text: str | None) -> tuple[str, ...]:
    """Return the named resources, or without `resource` all that there may be: an assertion that named none would be for any."""
    named = naming.split(text)
    if any(one not in rule.resources for one in named):
        raise Refusal("invalid_target", Cause.EXCHANGE_AUDIENCE)
    return named or rule.resources


def _find_relying_party(rule: Rule) -> RegisteredClient | None:
    """Return the client here by which the other server signs people in.

    Raises:
        Refusal: `invalid_target`: there is one, and it is disabled.
    """
    found = clients.find(rule.sso_client_id) if rule.sso_client_id else None
    if rule.sso_client_id and found is None:
        raise Refusal("invalid_target", Cause.CLIENT_GONE)
    return found


def _describe(client: RegisteredClient, subject: Shown, granted: Granted, asked: Asked) -> dict[str, Any]:
    """Return the claims (section 3.1). The subject is whom the other server knows from its own sign-ins here, if that is said."""
    rule, now = asked.rule, clock.timestamp()
    claims: dict[str, Any] = {
        "iss": settings().issuer,
        "sub": subjects.of(granted.sub, _find_relying_party(rule) or client),
        "aud": rule.audience,
        "client_id": rule.client_id or client.client_id,
        "jti": crypto.new_identifier(),
        "iat": now,
        "exp": min(now + LIFE, subject.until),
        "auth_time": granted.auth_time,
        "amr": granted.amr,
    }
    claims |= {"acr": granted.acr} if granted.acr else {}
    claims |= {"scope": asked.scope} if asked.scope else {}
    if asked.resources:
        claims["resource"] = asked.resources[0] if len(asked.resources) == 1 else list(asked.resources)
    return claims | (_tell_email(granted) if rule.email else {})


def _tell_email(granted: Granted) -> dict[str, Any]:
    """Return the address of a person, once it is proved: the other server may join accounts by it."""
    account = lookup.find(granted.account_id)
    told = telling.of_account(account, ["email", "email_verified"]) if account is not None else {}
    return told if told.get("email_verified") else {}


def _confirm(confirmation: Confirmation | None) -> dict[str, Any]:
    """Return to which key an assertion is bound (section 7.6.1.1): that of the DPoP proof, where the request has one."""
    return confirmation.claim if confirmation is not None and confirmation.method == JKT else {}


def _record(client: RegisteredClient, granted: Granted, asked: Asked, claims: dict[str, Any]) -> None:
    audit.record(
        "id_jag.issued",
        subject=granted.sub,
        client_id=client.client_id,
        source=source(),
        audience=asked.rule.audience,
        scope=asked.scope,
        resources=" ".join(asked.resources) or None,
        jti=claims["jti"],
    )
    uses.note(client.client_id)
