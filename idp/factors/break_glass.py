"""The way back for an owner who has lost every factor: a link that one command on the server prints, good once and for an hour.

Nothing is taken away by printing it. Whoever opens it chooses a new password, and then, not before, the old factors go. Every owner is told
of both, and the audit log has both.
"""

from urllib.parse import urlencode

from flask_babel import gettext as _

from idp import audit
from idp.accounts import lookup, proofs, recovery, taking, telling
from idp.accounts.authority import holding
from idp.accounts.authority.granting import COMMAND_LINE
from idp.accounts.models import Account, Proof
from idp.accounts.taking import Authority
from idp.base.extensions import settings
from idp.base.outcome import Reason, Refused
from idp.factors import service
from idp.lifetimes import LIFETIMES


def start(text: str) -> str | Refused:
    """Return the link for an owner, by address; an earlier one is void. Refusals: UNKNOWN; OWNER_NEEDED, also for a disabled account."""
    found = lookup.find_by_identifier(text) if "@" in text else None
    if found is None:
        return Refused(Reason.UNKNOWN, "email")
    account = taking.take(Authority(found.id))
    if isinstance(account, Refused) or not holding.is_owner(account):
        return Refused(Reason.OWNER_NEEDED, "email")
    token, _code = proofs.make(
        proofs.BREAK_GLASS,
        f"break-glass/{account.id}",
        email=account.email,
        account_id=account.id,
        link_life=LIFETIMES.break_glass_link,
        with_code=False,
    )
    audit.record("break_glass.started", subject=account.sub, actor=COMMAND_LINE)
    said = _(
        "A link was made on the server by which %(email)s gets back in without a second factor.", email=account.email
    )
    telling.tell_owners(said, actor=None, path=f"/admin/people/{account.sub}")
    return f"{settings().issuer}/break-glass?{urlencode({'token': token})}"


def peek(token: str) -> Account | Refused:
    """Return whose way back a link is, without using it up. Refusals: LINK_INVALID, also for who owns nothing by now; LINK_EXPIRED."""
    proof = _find(token)
    account = lookup.find(proof.account_id) if isinstance(proof, Proof) and proof.account_id else None
    if isinstance(proof, Refused) or account is None:
        return proof if isinstance(proof, Refused) else Refused(Reason.LINK_INVALID)
    return account


def finish(token: str, password: str, *, source: str) -> Account | Refused:
    """Set a new password by the link, and remove every factor; sessions and tokens end.

    Refusals: LINK_INVALID, LINK_EXPIRED; the policy's for passwords, after which the link still works, and the factors are there.
    """
    account = recovery.finish_by(lambda: _find(token), password, source=source)
    if isinstance(account, Refused):
        return account
    had = service.of(account)
    service.discard(account.id)
    changes = {"second_factors": (had.count, 0)}
    audit.record("break_glass.used", subject=account.sub, source=source, changes=changes, credentials=had.credentials)
    said = _(
        "%(email)s got back in by a link made on the server. Every second factor was removed.", email=account.email
    )
    telling.tell_owners(said, actor=account.sub, path=f"/admin/people/{account.sub}")
    return account


def _find(token: str) -> Proof | Refused:
    proof = proofs.find_link(proofs.BREAK_GLASS, token)
    account = lookup.find(proof.account_id) if isinstance(proof, Proof) and proof.account_id else None
    if isinstance(proof, Proof) and (account is None or not holding.is_owner(account)):
        return Refused(Reason.LINK_INVALID)
    return proof
