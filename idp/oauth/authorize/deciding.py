"""What `interaction.decide` has to know of a request: who is signed in, what they have agreed to, and what the client demands."""

from dataclasses import replace

from idp import sessions
from idp.base import clock
from idp.base.extensions import settings
from idp.clients.registered import RegisteredClient
from idp.factors import policy
from idp.oauth import consents, hints, interaction, subjects
from idp.oauth.authorize.pages import Request, resume_path
from idp.oauth.hints import Flaw
from idp.oauth.interaction import Presence, Question, Refuse
from idp.signin import login


def decide(asked: Request, present: login.SignedIn | None) -> interaction.Next:
    """Return what is next for a request."""
    hint = asked.parameters.get("id_token_hint")
    claims = hints.read(hint, asked.client.client_id) if hint is not None else {}
    if claims is Flaw.NOT_OURS:
        return Refuse("invalid_request", "The parameter id_token_hint is no ID token of this server.")
    if claims is Flaw.KEY_UNKNOWN and "none" in asked.parameters.prompts:
        return Refuse("login_required", "The key of the parameter id_token_hint is not known any more.")
    # Somebody at the browser goes on as without a hint that nobody can verify.
    hinted_sub = claims.get("sub") if not isinstance(claims, Flaw) else None
    demanded_sub = asked.parameters.claims.sub
    if hinted_sub is not None and demanded_sub is not None and hinted_sub != demanded_sub:
        return Refuse("login_required", "The hint and the claims name two different people.")
    question = Question(
        parameters=asked.parameters,
        asked_at=asked.asked_at,
        hinted_sub=hinted_sub or demanded_sub,
        trusted=asked.client.metadata.first_party,
        remembers=_remembers(asked),
        requires_second_factor=_requires_second_factor(asked.client, present),
        declines_second_factor=asked.declines_second_factor,
    )
    agreement = consents.find(present.account.id, asked.client.client_id) if present else None
    if agreement is not None and present is not None:
        agreement = replace(agreement, now=asked.agreed_by == present.account.id)
    return interaction.decide(question, _presence(present, asked), agreement, clock.now())


def _presence(present: login.SignedIn | None, asked: Request) -> Presence | None:
    if present is None:
        return None
    browser, account = present.browser, present.account
    subject = subjects.of(account.sub, asked.client)
    for_it = sessions.shown_for(browser, resume_path(asked.secret)) if asked.secret is not None else (False, False)
    return Presence(subject, browser.auth_time, browser.second_factor_at, account.has_second_factor, *for_it)


def _requires_second_factor(client: RegisteredClient, present: login.SignedIn | None) -> bool:
    """Return whether the client or the policy asks for two factors; only of people without one does it have to be known."""
    if present is None or present.account.has_second_factor:
        return False
    return client.metadata.require_second_factor or policy.is_required(present.account)


def _remembers(asked: Request) -> bool:
    """Return whether an earlier consent may stand for this request.

    Anybody on the person's machine can pretend to be a public client behind a loopback or private-scheme redirect URI (RFC 8252,
    section 8.6), so its consent is asked each time; on a loopback issuer, where people develop, it is remembered.
    """
    is_assured = asked.parameters.redirect_uri.startswith("https:") or not asked.client.metadata.is_public
    return is_assured or not settings().is_https
