"""Whom an application is told of, in SQL: people whose address is proved, and whom the client lets in; and which groups."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, false, literal, select, true

from idp.accounts.models import Account
from idp.base.database import session
from idp.clients.models import Client
from idp.groups import access, lookup
from idp.groups.models import ClientGroup, Group, GroupAncestor
from idp.pushing.models import ScimTarget


def has(target: ScimTarget, client: Client, now: datetime) -> ColumnElement[bool]:
    """Say that an account is one that an application is to have, disabled or not.

    An address that nobody has proved may be a stranger's, and the application might take its word for whose an account is.
    """
    return Account.email_verified_at.is_not(None) & _is_in(target, client, now)


def includes(target: ScimTarget, client: Client, account_id: int, now: datetime) -> bool:
    """Return whether one account is one of these."""
    query = select(literal(1)).select_from(Account).where(Account.id == account_id, has(target, client, now))
    return session().scalar(query) is not None


def groups(target: ScimTarget, client: Client) -> Select[int]:
    """Return the query for the numbers of the groups that an application is to have: those of its people's rule, and all below them."""
    if not target.pushes_groups:
        return select(Group.id).where(false())
    if target.is_for_group:
        return lookup.below(target.group_id or 0)
    if not client.is_restricted:
        return select(Group.id)
    below = select(GroupAncestor.group_id).join(ClientGroup, ClientGroup.group_id == GroupAncestor.ancestor_id)
    return below.where(ClientGroup.client_id == client.client_id)


def _is_in(target: ScimTarget, client: Client, now: datetime) -> ColumnElement[bool]:
    if target.is_for_group:
        return Account.id.in_(lookup.everybody(target.group_id or 0))
    return access.lets_in(Account.id, literal(client.client_id), now) if client.is_restricted else true()
