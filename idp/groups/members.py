"""Who belongs to a group, and until when; and who owns it. A request has taken the account before it calls any of this.

An owner says who the members are. Administrators say who the owners are; owners may give it up, unless nobody else would be left.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import and_, delete, func, insert, select, update

from idp import audit
from idp.accounts.models import Account
from idp.base import clock
from idp.base.database import connection, insert_into, run, session
from idp.base.expiry import delete_some
from idp.base.outcome import Reason, Refused
from idp.groups import ending, lookup
from idp.groups.models import Group, GroupMember, GroupOwner


def find(group: Group, account: Account) -> GroupMember | None:
    """Return somebody's membership in a group itself, also one that has ended lately."""
    return session().get(GroupMember, (account.id, group.id), populate_existing=True)


def is_in(group: Group, account: Account) -> bool:
    """Return whether somebody is a member of a group itself now."""
    present = find(group, account)
    return present is not None and (present.ends_at is None or present.ends_at > clock.now())


def add(group: Group, account: Account, *, ends_at: datetime | None = None, actor: str) -> Refused | None:
    """Make somebody a member of a group until an instant, or for good; of a member the end changes. Refusal: UNKNOWN, where it is gone."""
    if lookup.find(group.id, for_change=True) is None:
        return Refused(Reason.UNKNOWN, "group")
    present = find(group, account)
    after = ending.tell(ends_at)
    if present is None:
        session().add(GroupMember(account_id=account.id, group_id=group.id, added_at=clock.now(), ends_at=ends_at))
        session().flush()
        audit.record("group.member_added", subject=account.sub, actor=actor, group=group.path, until=after)
    elif present.ends_at != ends_at:
        before, present.ends_at = ending.tell(present.ends_at), ends_at
        session().flush()
        changes = {"until": (before, after)}
        audit.record("group.member_changed", subject=account.sub, actor=actor, group=group.path, changes=changes)
    return None


def remove(group: Group, account: Account, *, actor: str) -> bool:
    """End somebody's membership in a group itself; False where there is none."""
    present = find(group, account)
    if present is None:
        return False
    until = ending.tell(present.ends_at)
    session().delete(present)
    session().flush()
    audit.record("group.member_removed", subject=account.sub, actor=actor, group=group.path, until=until)
    return True


def add_many(group: Group, people: Mapping[int, str], *, actor: str) -> int:
    """Make members for good of many accounts that are held, by number and `sub`, and return how many are new.

    Who is a member already stays so, until the same day. Whoever calls has locked the group.
    """
    now, query = clock.now(), select(GroupMember.account_id, GroupMember.ends_at)
    own = query.where(GroupMember.group_id == group.id, GroupMember.account_id.in_(people))
    present: dict[int, datetime | None] = dict(session().execute(own).all())
    ended = [number for number, ends_at in present.items() if ends_at is not None and ends_at <= now]
    new = [number for number in people if number not in present]
    if ended:
        again = update(GroupMember).where(GroupMember.group_id == group.id, GroupMember.account_id.in_(ended))
        run(again.values(ends_at=None, added_at=now).execution_options(synchronize_session=False))
    if new:
        rows = [{"account_id": number, "group_id": group.id, "added_at": now} for number in sorted(new)]
        connection().execute(insert(GroupMember), rows)
    subjects = [people[number] for number in (*ended, *new)]
    audit.record_many("group.member_added", subjects, actor=actor, group=group.path)
    return len(subjects)


def add_new(pairs: Collection[tuple[int, int]]) -> None:
    """Make members for good, by numbers of accounts that are held and of groups they are not in; whoever calls records it.

    Raises:
        IntegrityError: one of the groups is gone by now.
    """
    now = clock.now()
    rows = [{"account_id": account_id, "group_id": group_id, "added_at": now} for account_id, group_id in sorted(pairs)]
    if rows:
        connection().execute(insert(GroupMember), rows)


def among(account_ids: Collection[int]) -> set[tuple[int, int]]:
    """Return in which groups these accounts are themselves, or were lately: numbers of accounts and groups."""
    query = select(GroupMember.account_id, GroupMember.group_id).where(GroupMember.account_id.in_(account_ids))
    return {(row[0], row[1]) for row in session().execute(query)}


def remove_many(group: Group, people: Mapping[int, str], *, actor: str) -> int:
    """End the membership of many accounts that are held, by number and `sub`; return of how many. Whoever calls has locked the group."""
    is_theirs = (GroupMember.group_id == group.id) & GroupMember.account_id.in_(people)
    present = set(session().scalars(select(GroupMember.account_id).where(is_theirs)))
    if present:
        run(delete(GroupMember).where(is_theirs).execution_options(synchronize_session=False))
        subjects = [sub for number, sub in people.items() if number in present]
        audit.record_many("group.member_removed", subjects, actor=actor, group=group.path)
    return len(present)


def add_owner(group: Group, account: Account, *, actor: str) -> Refused | None:
    """Make somebody an owner of a group. Refusal: UNKNOWN, where it is gone."""
    if lookup.find(group.id, for_change=True) is None:
        return Refused(Reason.UNKNOWN, "group")
    values = {"account_id": account.id, "group_id": group.id, "added_at": clock.now()}
    new = insert_into(GroupOwner).values(**values).on_conflict_do_nothing().returning(GroupOwner.group_id)
    if connection().execute(new).first() is not None:
        audit.record("group.owner_added", subject=account.sub, actor=actor, group=group.path)
    return None


def remove_owner(group: Group, account: Account, *, actor: str) -> bool:
    """Let somebody own a group no more; False where they do not. Without any owner administrators alone manage its members."""
    is_theirs = (GroupOwner.account_id == account.id) & (GroupOwner.group_id == group.id)
    if not run(delete(GroupOwner).where(is_theirs).execution_options(synchronize_session=False)):
        return False
    audit.record("group.owner_removed", subject=account.sub, actor=actor, group=group.path)
    return True


def give_up(group: Group, account: Account) -> Refused | None:
    """Let an owner give a group up. Refusals: UNKNOWN for somebody who owns it not, LAST_OWNER where nobody else would be left."""
    present = lookup.find(group.id, for_change=True)  # two who give it up at once stand in line here
    if present is None:
        return Refused(Reason.UNKNOWN, "group")
    can_sign_in = Account.disabled_at.is_(None)
    others = select(func.count()).select_from(GroupOwner).join(Account, Account.id == GroupOwner.account_id)
    others = others.where(GroupOwner.group_id == group.id, GroupOwner.account_id != account.id, can_sign_in)
    if not session().scalar(others):
        return Refused(Reason.LAST_OWNER)
    return None if remove_owner(present, account, actor=account.sub) else Refused(Reason.UNKNOWN, "group")


def purge(limit: int) -> int:
    """Delete up to `limit` memberships that ended a month ago; return how many."""
    until = GroupMember.ends_at
    return delete_some(GroupMember, and_(until.is_not(None), until < clock.now() - ending.KEPT), until, limit)
