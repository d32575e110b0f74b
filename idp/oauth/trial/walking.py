"""The messages of a sign-in, made one after the other by the code that makes them, for the administrator who asks, and then taken back.

The code is issued and redeemed by the statements of the protocol, inside a savepoint that is undone: nobody can use it, nor anything that
came of it. Claims are described and signed by nobody, and neither a code, a verifier nor a secret is shown.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask_babel import gettext as _

from idp.accounts.models import Account
from idp.base.database import session
from idp.base.extensions import settings
from idp.clients import jwks
from idp.clients.metadata import SCOPES, STANDING_SCOPES
from idp.clients.registered import RegisteredClient
from idp.lifetimes import LIFETIMES
from idp.oauth import (
    access_tokens,
    audiences,
    claims,
    consents,
    diagnosis,
    dialects,
    grants,
    issuing,
    redeeming,
    subjects,
)
from idp.oauth.authorize import answering, deciding
from idp.oauth.authorize.pages import Request
from idp.oauth.interaction import AcceptTerms, AskConsent, Enrol, Next, Refuse, SignIn, SignUp, StepUp, TurnAway
from idp.oauth.parameters import AuthorizationParameters
from idp.oauth.refusals import SENTENCES, Cause
from idp.oauth.scopes import describe
from idp.oauth.tokens import Granted
from idp.oauth.validity import ShownCode

GOOD, ODD, WRONG = "good", "odd", "wrong"
CODE, TOKEN = "(not shown)", "(made, not signed, and thrown away)"


@dataclass(frozen=True)
class Step:
    """One message, or one decision: what came of it, in words, the message itself, and the member of the registration that mends it."""

    title: str
    outcome: str
    told: str
    message: str | None = None
    member: str | None = None


def look_at_registration(client: RegisteredClient) -> list[Step]:
    """Return what of a registration stands in the way of every request. Fetches the client's keys: call it before anything is written."""
    title, steps = _("The registration"), []
    if client.is_disabled:
        told = _("The client is disabled: every request of it is refused. Enable it first.")
        steps.append(Step(title, WRONG, told))
    if client.metadata.token_endpoint_auth_method == "private_key_jwt":  # noqa: S105 - a method's name
        steps.append(_look_at_keys(client))
    return steps or [Step(title, GOOD, _("The client is enabled."))]


def walk(asked: Request, token: str | None, account: Account, *, source: str) -> list[Step]:
    """Go through a request that is in order, for somebody who is signed in with this session and whose account is held."""
    client = asked.client
    steps = [Step(_("The authorization request"), GOOD, _("The browser is sent here with it."), _write_request(asked))]
    if asked.parameters.response_type != "code":
        told = _(
            "It asks for tokens through the browser, which this walk does not follow. With response_type=code it does."
        )
        return [*steps, Step(_("What comes next"), ODD, told)]
    seen = deciding.look(token, asked)
    step = deciding.decide(asked, seen)
    steps.append(_tell_decision(step, asked, client))
    if seen is None or steps[-1].outcome == WRONG:
        return steps
    with session().begin_nested() as tried:
        steps += _exchange(asked, token, account, source)
        tried.rollback()
    return steps


def walk_service(client: RegisteredClient) -> list[Step]:
    """Go through the token request of a client that acts for itself (RFC 6749, section 4.4)."""
    own = [scope for scope in client.metadata.scope.split() if scope not in (*SCOPES, *STANDING_SCOPES)]
    form = {"grant_type": "client_credentials"}
    asking = Step(_("The token request"), GOOD, _prove(client), _write_form(client, form))
    document = access_tokens.describe(client.client_id, " ".join(own), None)
    told = _("Nobody signs in. The token is the client's own.")
    if not own:
        told += " " + _("It has no scope: register those of the API that the app calls, if that looks for some.")
    return [asking, Step(_("The access token"), GOOD, told, _write(document), None if own else "scope")]


def _look_at_keys(client: RegisteredClient) -> Step:
    title, member = _("The app's keys"), "jwks_uri" if client.metadata.jwks_uri else "jwks"
    found = jwks.load(client)
    if found is None:
        told = _("The address %(uri)s did not answer with a key set.", uri=client.metadata.jwks_uri or "–")
        return Step(title, WRONG, told, None, member)
    if not found:
        return Step(title, WRONG, _("There is no key among them that can be used here."), None, member)
    return Step(title, GOOD, _("Keys that can be used: %(count)s.", count=len(found)))


def _tell_decision(step: Next, asked: Request, client: RegisteredClient) -> Step:
    title = _("What the person sees")
    match step:
        case SignIn() | SignUp():
            return Step(
                title, ODD, _("You would sign in once more, since the request says so. The walk goes on as if you had.")
            )
        case StepUp():
            return Step(title, ODD, _("You would show your second factor. The walk goes on as if you had."))
        case Enrol():
            return Step(
                title,
                ODD,
                _("You would set up a second factor first, since it is demanded."),
                None,
                "require_second_factor",
            )
        case AcceptTerms():
            return Step(title, ODD, _("You would accept the terms of service first. The walk goes on as if you had."))
        case TurnAway():
            told = _(
                "The client is for the members of some groups, and you belong to none of them: you would be turned away. "
                "Look at who may use it."
            )
            return Step(title, WRONG, told)
        case Refuse(error, description):
            told = _("Nothing is shown, and the app hears an error: %(description)s", description=description)
            values = answering.complete(asked, {"error": error, "error_description": description})
            return Step(title, WRONG, told, _write_answer(asked, values))
        case AskConsent():
            wanted = ", ".join(heading for heading, _detail in describe(asked.parameters.consent_items))
            return Step(
                title, GOOD, _("You would be asked to allow: %(items)s. The walk goes on as if you had.", items=wanted)
            )
        case _:
            told = _("No page: nobody is asked for consent, since the client is one of our own.")
            known = _("No page: you are signed in, and have allowed it before.")
            return Step(title, GOOD, told if client.metadata.first_party else known)


def _exchange(asked: Request, token: str | None, account: Account, source: str) -> Iterator[Step]:
    """Yield the messages from the answer on; whoever calls takes back what is written by it."""
    client, verifier = asked.client, secrets.token_urlsafe(48)
    challenge = create_s256_code_challenge(verifier)
    values = {**asked.parameters.values, "code_challenge": challenge, "code_challenge_method": "S256"}
    asked = replace(asked, parameters=AuthorizationParameters(values))
    if not client.metadata.first_party:
        items = asked.parameters.consent_items
        consents.remember(account.id, client.client_id, items, subject=account.sub, source=source)
    code = _issue(asked, token)
    if code is None:
        told = _("No code is issued: a second factor is demanded that this sign-in has not shown.")
        yield Step(_("The way back"), WRONG, told, None, "require_second_factor")
        return
    answer = _write_answer(asked, answering.complete(asked, {"code": CODE}))
    yield Step(
        _("The way back"),
        GOOD,
        _("The browser is sent to the redirect URI with a code, which is good for a minute, once."),
        answer,
    )
    form = {"grant_type": "authorization_code", "code": CODE, "redirect_uri": asked.parameters.redirect_uri}
    form |= {"code_verifier": CODE}
    yield Step(_("The token request"), GOOD, _prove(client), _write_form(client, form))
    named = next(iter(asked.parameters.resources), None)
    shown = ShownCode(code, asked.parameters.redirect_uri, challenge, asked.parameters.confirmation, named)
    granted = redeeming.redeem(shown, client, grants.idle_life(client))
    if granted is None:
        fault = diagnosis.of_code(shown, client)
        cause = fault.cause if fault is not None else Cause.GRANT_REVOKED
        yield Step(_("The token response"), WRONG, SENTENCES[cause])
        return
    scope = client.get_allowed_scope(granted.scope)
    yield from _tell_tokens(client, granted, audiences.narrow(grants.Entitlement(scope, granted), named, client))


def _issue(asked: Request, token: str | None) -> str | None:
    seen = deciding.look(token, asked)
    if seen is None:
        return None
    scope, life = asked.parameters.granted_scope(asked.client), grants.refresh_life(asked.client)
    restricted = asked.client.is_restricted
    return issuing.issue_code(asked.parameters, scope, seen, restricted=restricted, refresh_life=life)


def _tell_tokens(client: RegisteredClient, granted: Granted, right: grants.Entitlement) -> Iterator[Step]:
    scope, audience = right.told_scope, right.audience
    scopes, subject = right.scopes, subjects.of(granted.sub, client)
    life = audience.access_token_life if audience is not None else int(LIFETIMES.access_token.total_seconds())
    document: dict[str, Any] = {"access_token": TOKEN, "token_type": "Bearer"}
    document |= {"expires_in": life, "scope": scope}
    document |= {"refresh_token": TOKEN} if granted.successor is not None else {}
    document |= {"id_token": TOKEN} if "openid" in scopes else {}
    told = (
        _("There is a refresh token.")
        if granted.successor
        else _("There is no refresh token: that takes the grant refresh_token.")
    )
    if dialects.of(client) is not None:
        told += " " + _("This client gets it in the manner of the older interface that it was registered by.")
    yield Step(_("The token response"), GOOD, told, _write(document))
    if "openid" in scopes:
        own = claims.describe_id_token(client, granted, None, nonce=granted.nonce, scopes=scopes)
        signed = _(
            "Signed with %(algorithm)s; the app compares iss, aud and nonce.",
            algorithm=client.id_token_algorithm,
        )
        yield Step(_("The ID token"), GOOD, signed, _write(own))
    said = claims.of_access_token(client, granted, scope.split())
    access = access_tokens.describe(client.client_id, scope, granted, subject=subject, told=said, audience=audience)
    yield Step(
        _("The access token"),
        GOOD,
        _("For APIs, which look at aud, scope and exp. The app itself need not read it."),
        _write(access),
    )
    if "openid" not in scopes:
        told = _("The scope openid is not asked for, so that there is no ID token and nothing at userinfo.")
        yield Step(_("Userinfo"), ODD, told, None, "scope")
    elif granted.person is not None:
        asked = claims.single(granted, client, "userinfo")
        stands = claims.standing_of(client, granted, scopes, asked)
        info = claims.userinfo(granted.person, client, frozenset(scopes), asked, stands)
        yield Step(_("Userinfo"), GOOD, _("What GET /oauth/userinfo answers to the access token."), _write(info))


def _prove(client: RegisteredClient) -> str:
    """Return in a sentence how the client proves itself; nothing here needs its secret."""
    match client.metadata.token_endpoint_auth_method:
        case "none":
            told = _("The app has no secret: it sends its client_id, and the PKCE verifier proves the code its own.")
            return str(told)
        case "private_key_jwt":
            return str(_("The app proves itself with a JWT that its own key has signed."))
        case "client_secret_jwt":
            return str(_("The app proves itself with a JWT that is signed with its secret."))
        case _:
            return str(_("The app proves itself with its secret, in the Authorization header or in the form."))


def _write_request(asked: Request) -> str:
    sent = {name: value for name, value in asked.parameters.values.items() if name.isidentifier()}
    return f"GET {settings().issuer}/oauth/authorize\n{_write_pairs(sent, '?')}"


def _write_answer(asked: Request, values: Mapping[str, str]) -> str:
    mode = answering.mode_of(asked)
    if mode == "form_post":
        return f"POST {asked.parameters.redirect_uri}\n\n{_write_pairs(values, '')}"
    begin = "#" if mode == "fragment" else ("&" if "?" in asked.parameters.redirect_uri else "?")
    return f"303 See Other\nLocation: {asked.parameters.redirect_uri}\n{_write_pairs(values, begin)}"


def _write_form(client: RegisteredClient, form: Mapping[str, str]) -> str:
    method, head = client.metadata.token_endpoint_auth_method, f"POST {settings().issuer}/oauth/token"
    match method:
        case "client_secret_basic":
            head += "\nAuthorization: Basic (base64 of client_id:client_secret)"
        case "client_secret_post":
            form = {**form, "client_id": client.client_id, "client_secret": CODE}
        case "none":
            form = {**form, "client_id": client.client_id}
        case _:
            form = {**form, "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
            form = {**form, "client_assertion": CODE}
    return f"{head}\n\n{_write_pairs(form, '')}"


def _write_pairs(values: Mapping[str, str], begin: str) -> str:
    """Return parameters one a line, as they travel; what is not shown stays readable."""
    pairs = [f"{name}={value if value == CODE else quote(value, safe=':/')}" for name, value in values.items()]
    return "\n".join(f"  {begin if number == 0 else '&'}{pair}" for number, pair in enumerate(pairs))


def _write(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)
