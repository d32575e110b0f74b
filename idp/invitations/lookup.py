"""Finding invitations: by number, by the secret of a link, by address; the list of administrators; and the groups of each."""

from collections.abc import Iterable

from sqlalchemy import Select, select

from idp.accounts import identity
from idp.base import clock, crypto
from idp.base.database import session
from idp.base.finding import begins
from idp.base.outcome import Reason, Refused
from idp.groups.models import Group
from idp.invitations.models import LARGEST_ID, Invitation, InvitationGroup

WAITING, CAME, REVOKED = STATES = ("waiting", "came", "revoked")
_IS_OPEN = Invitation.accepted_at.is_(None) & Invitation.revoked_at.is_(None)
_CONDITIONS = {
    WAITING: _IS_OPEN,
    CAME: Invitation.accepted_at.is_not(None),
    REVOKED: Invitation.revoked_at.is_not(None),
}


def find(invitation_id: int, *, for_change: bool = False) -> Invitation | None:
    """Return an invitation by its number; as it is at this moment, and locked, where it is going to be changed."""
    if not 0 < invitation_id <= LARGEST_ID:
        return None
    return session().get(Invitation, invitation_id, with_for_update=for_change or None, populate_existing=for_change)


def find_open(email: str, *, for_change: bool = False) -> Invitation | None:
    """Return the open invitation of a canonical address, expired or not."""
    query = select(Invitation).where(Invitation.email == email, _IS_OPEN)
    query = query.with_for_update() if for_change else query
    return session().scalar(query, execution_options={"populate_existing": for_change})


def find_newest(email: str) -> Invitation | None:
    """Return the newest invitation of a canonical address, whatever became of it."""
    query = select(Invitation).where(Invitation.email == email).order_by(Invitation.id.desc()).limit(1)
    return session().scalar(query)


def find_link(token: str, *, for_change: bool = False) -> Invitation | Refused:
    """Return the invitation of a mailed link, which is not used up by that. Refusals: LINK_INVALID, LINK_EXPIRED."""
    query = select(Invitation).where(Invitation.token_digest == crypto.digest(token), _IS_OPEN)
    query = query.with_for_update() if for_change else query
    found = session().scalar(query, execution_options={"populate_existing": for_change})
    if found is None:
        return Refused(Reason.LINK_INVALID)
    return found if found.expires_at > clock.now() else Refused(Reason.LINK_EXPIRED)


def is_invited(email: str) -> bool:
    """Return whether a canonical address has an invitation that has not expired."""
    found = find_open(email)
    return found is not None and found.expires_at > clock.now()


def search(term: str, state: str = "") -> Select[Invitation]:
    """Return the query for invitations, the newest first: those in a state, or whose address begins with a text, or all."""
    query = select(Invitation).order_by(Invitation.id.desc())
    if state in _CONDITIONS:
        query = query.where(_CONDITIONS[state])
    text = identity.fold(term)
    return query.where(begins(Invitation.email, text)) if text else query


def state_of(invitation: Invitation) -> str:
    """Return what became of an invitation: one of `STATES`, or "expired"."""
    if invitation.accepted_at is not None:
        return CAME
    if invitation.revoked_at is not None:
        return REVOKED
    return WAITING if invitation.expires_at > clock.now() else "expired"


def groups_of(invitation_ids: Iterable[int]) -> dict[int, list[Group]]:
    """Return the groups of some invitations, by the invitation's number, each in the order of their paths."""
    of, asked = InvitationGroup.invitation_id, list(invitation_ids)
    query = select(of, Group).join(Group, Group.id == InvitationGroup.group_id).where(of.in_(asked))
    found: dict[int, list[Group]] = {number: [] for number in asked}
    for number, group in session().execute(query.order_by(Group.path_folded)):
        found[number].append(group)
    return found
