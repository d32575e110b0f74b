"""Signing in through an older interface: the same steps as the pages take, for callers that have no page to be sent to.

A caller whose second factor is missing gets a ticket and comes back with it, or repeats the sign-in with a code. The ticket is a
JWT of its own type, good for five minutes, one use and five tries, and bound to the account, the door and the password.
"""

from dataclasses import dataclass

from idp import keys, sessions
from idp.accounts import credentials, homes, lookup
from idp.accounts.admission import service as admission
from idp.accounts.models import Account
from idp.base import clock
from idp.base.extensions import settings
from idp.base.outcome import Reason, Refused
from idp.factors import policy
from idp.factors import service as factors
from idp.lifetimes import LIFETIMES
from idp.sessions import BrowserSession, Proof
from idp.signin import flow
from idp.signin.flow import Demand, Shown, Step
from idp.terms import service as terms

TICKET_TYPE = "mfa+jwt"


@dataclass(frozen=True)
class SignedIn:
    """Everything has been shown: tokens may be issued."""

    account: Account
    proof: Proof


@dataclass(frozen=True)
class SecondFactorNeeded:
    """The first factor was right; the ticket names this sign-in until the second comes."""

    ticket: str


Outcome = SignedIn | SecondFactorNeeded | Refused


def with_password(identifier: str, password: str, code: str | None, *, door: str, source: str) -> Outcome:
    """Sign in by name and password, and by a code where one is sent. Refusals: those of `credentials.check` and of `arrive`."""
    account = credentials.check(identifier, password, source=source)
    if isinstance(account, Refused):
        return account
    return arrive(account, ["pwd"], code, door=door, source=source)


def arrive(
    account: Account,
    amr: list[str],
    code: str | None,
    *,
    door: str,
    source: str,
    browser: BrowserSession | None = None,
) -> Outcome:
    """Go on after a right first factor: a password, a mailed code, or an upstream provider.

    A second factor that was shown in `browser`, a session of the same account, counts as it does on the pages.
    Refusals: those of `lookup.refuse_closed` and `factors.check_code`; UPSTREAM_ELSEWHERE where the address has a home;
    EMAIL_UNPROVED where the sign-up policy lets people in by an address that this person has not proved;
    TERMS_NEEDED where the terms in force are not accepted, which takes a page;
    ENROLMENT_NEEDED where the policy demands a second factor that the person has not set up: no door lets in without it.
    """
    refused = _refuse_entry(account, amr)
    if refused is not None:
        return refused
    now = clock.now()
    two_factors = not account.has_second_factor and policy.is_required(account)
    second_at = browser.second_factor_at if browser is not None and account.has_second_factor else None
    match flow.missing(Shown(now, second_at), account.has_second_factor, Demand(two_factors=two_factors)):
        case Step.SECOND if code:
            shown = factors.check_code(account, code, source=source)
            if isinstance(shown, Refused):
                return shown
            return SignedIn(account, Proof([*amr, *shown, "mfa"], first_at=now, second_at=now))
        case Step.SECOND:
            return SecondFactorNeeded(_ticket(account, amr, door))
        case Step.ENROL:
            return Refused(Reason.ENROLMENT_NEEDED)
        case Step.FIRST | None:
            earlier = browser.amr if browser is not None and second_at is not None else []
            return SignedIn(account, Proof(list(dict.fromkeys([*amr, *earlier])), first_at=now, second_at=second_at))


def _refuse_entry(account: Account, amr: list[str]) -> Refused | None:
    """Return what keeps somebody out who has shown the first factor, whatever the second is."""
    refused = lookup.refuse_closed(account)
    if refused is None and homes.FEDERATED not in amr:
        refused = homes.refuse(account.email)
    if refused is None and admission.waits_for_proof(account):
        refused = Refused(Reason.EMAIL_UNPROVED)
    if refused is None and terms.are_due(account):
        refused = Refused(Reason.TERMS_NEEDED)
    return refused


def with_ticket(ticket: str, code: str, *, door: str, source: str) -> SignedIn | Refused:
    """Finish a sign-in by its ticket and a code. Refusals: ATTEMPT_EXPIRED, and those of `factors.check_code`."""
    claims = keys.verify(ticket, issuer=settings().issuer, typ=TICKET_TYPE, audience=door)
    found = flow.hold(claims["jti"], door=door) if claims else None
    if found is None:
        return Refused(Reason.ATTEMPT_EXPIRED)
    row, account = found
    if factors.is_code(code) and not flow.count_try(row):
        return Refused(Reason.ATTEMPT_EXPIRED)
    shown = factors.check_code(account, code, source=source)
    if isinstance(shown, Refused):
        return shown
    proof = flow.finish(row, shown)
    return SignedIn(account, proof) if proof is not None else Refused(Reason.ATTEMPT_EXPIRED)


def reassure(account: Account, session_id: str, password: str | None, *, source: str) -> Refused | None:
    """Refuse a sensitive change unless everything was shown in the last ten minutes, or the current password comes with it.

    Refusals, of the field `current_password`: PASSWORD_NEEDED, PASSWORD_WRONG, TOO_MANY_TRIES, ACCOUNT_HELD; SIGNED_OUT, of none.
    """
    if password is not None:
        return credentials.check_current(account, password, "current_password", source=source)
    browser = sessions.find_of(account.id, session_id)
    demand = Demand(since=clock.now() - LIFETIMES.fresh_sign_in)
    shown = flow.shown_in(browser) if browser is not None else None
    if flow.missing(shown, account.has_second_factor, demand) is None:
        return None
    return Refused(Reason.PASSWORD_NEEDED, "current_password")


def _ticket(account: Account, amr: list[str], door: str) -> str:
    secret = flow.begin(account, amr, door=door)
    now = clock.timestamp()
    claims = {
        "iss": settings().issuer,
        "aud": door,
        "sub": account.sub,
        "iat": now,
        "exp": now + int(LIFETIMES.second_factor_token.total_seconds()),
        "jti": secret,
    }
    return keys.sign(claims, keys.ACCESS_TOKEN_ALGORITHM, TICKET_TYPE)
