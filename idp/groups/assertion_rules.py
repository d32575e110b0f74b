"""Identity assertions for other authorization servers (ID-JAG): which a client gets, with what in them at most, and for whom.

Rows that administrators set, one for each client and server. Without one nothing is issued. They stand here, and not with the clients,
because of the groups. One whose last group was deleted is for nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, exists, insert, or_, select

from idp import audit
from idp.accounts.models import Account
from idp.base import clock
from idp.base.database import connection, run, session
from idp.base.extensions import settings
from idp.base.outcome import Reason, Refused
from idp.base.statements import parameter, statement
from idp.clients.metadata.rules import SCOPE_TOKEN
from idp.clients.metadata.uris import check_address
from idp.clients.models import LONGEST_AUDIENCE, Client, IdJagRule
from idp.groups import lookup
from idp.groups.models import Group, GroupAncestor, GroupMember, IdJagGroup

MOST, MOST_GROUPS, MOST_RESOURCES = 50, 20, 20  # rules of one client; groups and resources of one rule
LONGEST_SCOPE, LONGEST_IDENTIFIER = 1000, 255


@dataclass(frozen=True)
class Rule:
    """That a client gets assertions for the authorization server whose issuer is `audience`.

    `client_id` is what the client is called there, its own identifier unless said otherwise. `scope` and `resources` are those of that
    server, and the most that may be asked for. `groups` are paths; None is everybody whom the client is for. `sso_client_id` is the client
    here by which that server signs people in: people have its `sub`. `email` says that their proved address is told.
    """

    audience: str
    client_id: str = ""
    scope: str = ""
    resources: tuple[str, ...] = ()
    groups: tuple[str, ...] | None = None
    sso_client_id: str = ""
    email: bool = False


def of_client(client_id: str) -> list[Rule]:
    """Return the rules of a client, by audience."""
    named = select(IdJagGroup.audience, Group.path).join(Group, Group.id == IdJagGroup.group_id)
    paths: dict[str, list[str]] = {}
    for audience, path in session().execute(named.where(IdJagGroup.client_id == client_id).order_by(Group.path_folded)):
        paths.setdefault(audience, []).append(path)
    rows = session().scalars(select(IdJagRule).where(IdJagRule.client_id == client_id).order_by(IdJagRule.audience))
    return [_read(row, tuple(paths.get(row.audience, ()))) for row in rows]


def find(client_id: str, audience: str) -> Rule | None:
    """Return the rule of a client for an audience; of one that is for some groups alone their names are not read."""
    row = _find.first(client_id=client_id, audience=audience)
    return _read(row, ()) if row is not None else None


def is_for(account_id: int, client_id: str, rule: Rule) -> bool:
    """Return whether a rule is for a person today: for everybody, or for the members of a group to which that one belongs."""
    if rule.groups is None:
        return True
    found = _let_in.first(account_id=account_id, client_id=client_id, audience=rule.audience, now=clock.now())
    return found is not None


def put(client: Client, rule: Rule, *, actor: str) -> Refused | None:
    """Set one rule of a client, which the caller has locked, in the place of the one for its audience. Refusals: those of `put_all`."""
    others = [one for one in of_client(client.client_id) if one.audience != rule.audience]
    return put_all(client, [*others, rule], actor=actor)


def remove(client: Client, audience: str, *, actor: str) -> bool:
    """Take one rule away from a client, which the caller has locked; False where there is none."""
    before = of_client(client.client_id)
    after = [rule for rule in before if rule.audience != audience]
    return len(after) < len(before) and put_all(client, after, actor=actor) is None


def put_all(client: Client, rules: Sequence[Rule], *, actor: str) -> Refused | None:
    """Set the rules of a client, which the caller has locked; they count from the next request on.

    Refusals: CLIENT_INVALID for `audience`, `client_id`, `scope`, `resources` and `groups`; UNKNOWN for `groups` and `sso_client_id`.
    """
    before, after = of_client(client.client_id), sorted(rules, key=lambda rule: rule.audience)
    refused = _find_fault(after)
    if refused is not None or before == after:
        return refused
    found = {path: lookup.find_by_path(path) for rule in after for path in rule.groups or ()}
    missing = [path for path, group in found.items() if group is None]
    if missing:
        return Refused(Reason.UNKNOWN, "groups", detail=f"There is no group {missing[0][:100]}.")
    _forget(client.client_id)
    if after:
        connection().execute(insert(IdJagRule), [_row(client.client_id, rule) for rule in after])
    kept = {(rule.audience, group.id) for rule in after for path in rule.groups or () if (group := found[path])}
    if kept:
        rows = [{"client_id": client.client_id, "audience": audience, "group_id": one} for audience, one in kept]
        connection().execute(insert(IdJagGroup), rows)
    client.updated_at = clock.now()
    session().flush()
    changes = {"id_jags": (_tell(before), _tell(of_client(client.client_id)))}
    audit.record("client.id_jags_changed", client_id=client.client_id, actor=actor, changes=changes)
    return None


def check(rule: Rule) -> Refused | None:
    """Return what is wrong with a rule by itself, or None."""
    problem = check_address("audience", rule.audience) if rule.audience else None
    if not rule.audience or problem is not None or "?" in rule.audience or len(rule.audience) > LONGEST_AUDIENCE:
        return _refuse(
            "audience", "Enter the issuer of the other authorization server: an https address without a query."
        )
    if rule.audience.rstrip("/") == settings().issuer:
        return _refuse("audience", "This is the address of this server itself, which takes no assertion of its own.")
    if len(rule.client_id) > LONGEST_IDENTIFIER or any(not " " < character <= "~" for character in rule.client_id):
        return _refuse(
            "client_id", "Enter the client's identifier at the other server: at most 255 characters, without spaces."
        )
    if len(rule.scope) > LONGEST_SCOPE or not all(SCOPE_TOKEN.fullmatch(scope) for scope in rule.scope.split()):
        return _refuse("scope", "Scopes have spaces between them, and no quotes; at most 1000 characters are allowed.")
    if len(rule.resources) > MOST_RESOURCES or not all(map(_is_resource, rule.resources)):
        return _refuse("resources", f"Enter at most {MOST_RESOURCES} absolute URIs without a fragment.")
    if len(rule.groups or ()) > MOST_GROUPS:
        return _refuse("groups", f"At most {MOST_GROUPS} groups are allowed.")
    if rule.sso_client_id and session().get(Client, rule.sso_client_id) is None:
        return Refused(Reason.UNKNOWN, "sso_client_id", detail=f"There is no client {rule.sso_client_id[:100]}.")
    return None


def forget_client(client_id: str) -> None:
    """Forget the rules of a client that is being deleted, and those by whose `sub` people are named there."""
    _forget(client_id)
    named = select(IdJagRule.client_id, IdJagRule.audience).where(IdJagRule.sso_client_id == client_id)
    for owner, audience in session().execute(named).all():
        for table in (IdJagGroup, IdJagRule):
            run(delete(table).where(table.client_id == owner, table.audience == audience))


def tell(rule: Rule) -> dict[str, Any]:
    """Return a rule as programs are told it; what is not said is left out."""
    told: dict[str, Any] = {
        "audience": rule.audience,
        "client_id": rule.client_id,
        "scope": rule.scope,
        "resources": list(rule.resources),
        "groups": list(rule.groups) if rule.groups is not None else None,
        "sso_client_id": rule.sso_client_id,
        "email": rule.email,
    }
    return {name: value for name, value in told.items() if value or (name == "groups" and value is not None)}


def _is_resource(text: str) -> bool:
    scheme, colon, rest = text.partition(":")
    is_plain = all(" " < character <= "~" for character in text) and "#" not in text and len(text) <= LONGEST_AUDIENCE
    return bool(scheme and colon and rest) and is_plain


def _find_fault(rules: Sequence[Rule]) -> Refused | None:
    for rule in rules:
        refused = check(rule)
        if refused is not None:
            return refused
    if len({rule.audience for rule in rules}) < len(rules):
        return _refuse("audience", "There are two rules for the same audience.")
    return _refuse("audience", f"At most {MOST} rules are allowed.") if len(rules) > MOST else None


def _refuse(member: str, detail: str) -> Refused:
    return Refused(Reason.CLIENT_INVALID, member, detail=detail)


def _row(client_id: str, rule: Rule) -> dict[str, Any]:
    return {
        "client_id": client_id,
        "audience": rule.audience,
        "audience_client_id": rule.client_id,
        "scope": rule.scope,
        "resources": " ".join(rule.resources),
        "is_restricted": rule.groups is not None,
        "sso_client_id": rule.sso_client_id,
        "tells_email": rule.email,
    }


def _read(row: Any, paths: tuple[str, ...]) -> Rule:
    groups = paths if row.is_restricted else None
    resources = tuple(row.resources.split())
    return Rule(row.audience, row.audience_client_id, row.scope, resources, groups, row.sso_client_id, row.tells_email)


def _forget(client_id: str) -> None:
    for table in (IdJagGroup, IdJagRule):
        run(delete(table).where(table.client_id == client_id).execution_options(synchronize_session=False))


def _tell(rules: Sequence[Rule]) -> str:
    """Return rules as the audit log has them."""
    return " | ".join(
        f"{rule.audience} as {rule.client_id or 'itself'}: {rule.scope or 'no scope'}"
        + (f", {' '.join(rule.resources)}" if rule.resources else "")
        + (f", for {' '.join(rule.groups) or 'nobody'}" if rule.groups is not None else "")
        + (f", sub of {rule.sso_client_id}" if rule.sso_client_id else "")
        + (", with email" if rule.email else "")
        for rule in rules
    )


@statement
def _find(_dialect: str) -> Select[Any]:
    key = (IdJagRule.client_id, IdJagRule.audience)
    told = ("audience", "audience_client_id", "scope", "resources", "is_restricted", "sso_client_id", "tells_email")
    columns = [getattr(IdJagRule, name) for name in told]
    return select(*columns).where(*(column == parameter(column.key, column) for column in key))


@statement
def _let_in(_dialect: str) -> Select[Any]:
    """Find an account that belongs to one of the groups of a rule, or to one below it."""
    now = parameter("now", GroupMember.ends_at)
    mine = (GroupMember.account_id == Account.id, or_(GroupMember.ends_at.is_(None), GroupMember.ends_at > now))
    of_rule = (parameter(column.key, column) == column for column in (IdJagGroup.client_id, IdJagGroup.audience))
    belongs = exists().where(*mine).where(GroupAncestor.group_id == GroupMember.group_id)
    belongs = belongs.where(IdJagGroup.group_id == GroupAncestor.ancestor_id, *of_rule)
    return select(Account.id).where(Account.id == parameter("account_id", Account.id), belongs)
