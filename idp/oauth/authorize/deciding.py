"""What `interaction.decide` has to know of a request: who is signed in, what they have agreed to, and what the client demands."""

from idp import sessions
from idp.accounts import lacking
from idp.base import clock
from idp.base.extensions import settings
from idp.oauth import hints, interaction, sight
from idp.oauth.authorize.pages import Request, resume_path
from idp.oauth.hints import Flaw
from idp.oauth.interaction import Question, Refuse
from idp.oauth.sight import Sight
from idp.terms import service as terms


def look(token: str | None, asked: Request) -> Sight | None:
    """Return who is signed in by a cookie's token, as a request has to know them."""
    return sight.look(token, asked.client, resume_path(asked.secret) if asked.secret is not None else None)


def meet(token: str | None, asked: Request) -> Sight | None:
    """Look at who comes with a request, and note that their session was seen; for a request that may write."""
    seen = look(token, asked)
    if seen is not None:
        sessions.note_looked_at(seen.session_id, seen.last_seen_at)
    return seen


def decide(asked: Request, seen: Sight | None) -> interaction.Next:
    """Return what is next for a request, by who is signed in."""
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
        requires_second_factor=_requires_second_factor(asked, seen),
        owes_terms=seen is not None and terms.are_due(seen),
        lacks_fields=seen is not None and lacking.is_anything_of(seen.account_id),
        admits=seen is None or seen.is_admitted,
        declines_second_factor=asked.declines_second_factor,
    )
    if seen is None:
        return interaction.decide(question, None, None, clock.now())
    return interaction.decide(question, seen.presence, seen.agreement(asked.agreed_by), clock.now())


def _requires_second_factor(asked: Request, seen: Sight | None) -> bool:
    """Return whether the client or the policy asks for two factors; only of people without one does it have to be known."""
    if seen is None or seen.has_second_factor:
        return False
    return asked.client.metadata.require_second_factor or seen.is_asked_by_policy


def _remembers(asked: Request) -> bool:
    """Return whether an earlier consent may stand for this request.

    Anybody on the person's machine can pretend to be a public client behind a loopback or private-scheme redirect URI (RFC 8252,
    section 8.6), so its consent is asked each time; on a loopback issuer, where people develop, it is remembered. Of a client whose
    identifier is an address nobody here knows more than its host says of it, and that may be another thing each time.
    """
    if asked.client.host is not None:
        return False
    redirect_uri = asked.parameters.get("redirect_uri") or ""
    is_assured = redirect_uri.startswith("https:") or not asked.client.metadata.is_public
    return is_assured or not settings().is_https
