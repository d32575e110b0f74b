"""Token exchange (RFC 8693): whose tokens a client may exchange, whom the new ones are for, and what they may be good for.

Rows that administrators set, one for each pair of a subject client and an audience. Without one nothing is exchanged. An audience is a
client or a registered API; which of the two its spelling says, since an identifier of a client has no colon.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Select, delete, insert, or_, select

from idp import audit
from idp.base import clock
from idp.base.database import connection, run, session
from idp.base.outcome import Reason, Refused
from idp.base.statements import parameter, statement
from idp.clients.metadata import CLIENT_ID, RESERVED_SCOPES
from idp.clients.metadata.rules import SCOPE_TOKEN
from idp.clients.models import LONGEST_AUDIENCE, Client, ExchangeRule

# The new token speaks as its subject alone, or says in `act` who acts for it (RFC 8693, section 1.1).
IMPERSONATION, DELEGATION = MANNERS = ("impersonation", "delegation")
HERE = ""  # the audience that is this server itself
MOST = 50  # rules of one client
LONGEST_SCOPE = 1000
API = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")  # whether there is such an API is asked by `find_unknown`


@dataclass(frozen=True)
class Rule:
    """That tokens of the client `subject` may be exchanged for ones for `audience`, with these scopes at most.

    `once` says that each token may be exchanged a single time.
    """

    subject: str
    audience: str = HERE
    scope: str = ""
    manner: str = DELEGATION
    once: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What it is about: there is one rule for each."""
        return self.subject, self.audience

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes that the new token may have."""
        return frozenset(self.scope.split())


def of_client(client_id: str) -> list[Rule]:
    """Return the rules of a client, by subject and audience."""
    rows = select(ExchangeRule).where(ExchangeRule.client_id == client_id)
    return [_read(row) for row in session().scalars(rows.order_by(ExchangeRule.subject, ExchangeRule.audience))]


def find(client_id: str, subject: str, audience: str) -> Rule | None:
    """Return the rule by which a client exchanges the tokens of another one, or its own, for an audience."""
    row = _find.first(client_id=client_id, subject=subject, audience=audience)
    return _read(row) if row is not None else None


def put(client: Client, rule: Rule, *, actor: str) -> Refused | None:
    """Set one rule of a client, which the caller has locked, in the place of the one of the same pair. Refusals: those of `put_all`."""
    return put_all(client, [*(one for one in of_client(client.client_id) if one.key != rule.key), rule], actor=actor)


def remove(client: Client, subject: str, audience: str, *, actor: str) -> bool:
    """Take one rule away from a client, which the caller has locked; False where there is none."""
    before = of_client(client.client_id)
    after = [rule for rule in before if rule.key != (subject, audience)]
    return len(after) < len(before) and put_all(client, after, actor=actor) is None


def put_all(client: Client, rules: Sequence[Rule], *, actor: str) -> Refused | None:
    """Set the rules of a client, which the caller has locked; they count from the next request on.

    Refusals: CLIENT_INVALID for `subject`, `audience`, `scope` and `manner`.
    """
    before, after = of_client(client.client_id), sorted(rules, key=lambda rule: rule.key)
    refused = _find_fault(after)
    if refused is not None or before == after:
        return refused
    run(delete(ExchangeRule).where(ExchangeRule.client_id == client.client_id))
    if after:
        connection().execute(insert(ExchangeRule), [asdict(rule) | {"client_id": client.client_id} for rule in after])
    client.updated_at = clock.now()
    session().flush()
    changes = {"token_exchanges": (_tell(before), _tell(after))}
    audit.record("client.exchanges_changed", client_id=client.client_id, actor=actor, changes=changes)
    return None


def check(rule: Rule) -> Refused | None:
    """Return what is wrong with a rule, or None."""
    if not CLIENT_ID.fullmatch(rule.subject):
        return _refuse("subject", "Name the client whose tokens are exchanged by its identifier.")
    is_client, is_api = CLIENT_ID.fullmatch(rule.audience), API.fullmatch(rule.audience)
    if rule.audience != HERE and not is_client and (not is_api or len(rule.audience) > LONGEST_AUDIENCE):
        return _refuse(
            "audience", "Name the client or the API that the new token is for by its identifier; none is this server."
        )
    scopes = rule.scope.split()
    if len(rule.scope) > LONGEST_SCOPE or not all(SCOPE_TOKEN.fullmatch(scope) for scope in scopes):
        return _refuse("scope", "Scopes have spaces between them, and no quotes; at most 1000 characters are allowed.")
    reserved = [scope for scope in scopes if scope in (*RESERVED_SCOPES, "offline_access")]
    if reserved:
        return _refuse("scope", f"The scope {reserved[0]} cannot be had by an exchange.")
    if rule.manner not in MANNERS:
        return _refuse("manner", f"Use one of: {', '.join(MANNERS)}.")
    return None


def find_unknown(rule: Rule, find_api: Callable[[str], object | None]) -> Refused | None:
    """Return the refusal of a rule that names what is not there. Refusal: UNKNOWN for `subject` or `audience`.

    `find_api` finds a registered API, of which nothing is known on this floor.
    """
    is_api = API.fullmatch(rule.audience) is not None
    if is_api and find_api(rule.audience) is None:
        return Refused(Reason.UNKNOWN, "audience", detail=f"There is no API {rule.audience}.")
    named = {"subject": rule.subject} | ({} if is_api or rule.audience == HERE else {"audience": rule.audience})
    for member, client_id in named.items():
        if session().get(Client, client_id) is None:
            return Refused(Reason.UNKNOWN, member, detail=f"There is no client {client_id}.")
    return None


def forget_client(client_id: str) -> None:
    """Forget the rules of a client that is being deleted, and those that name it, so that nobody inherits them with its identifier."""
    named = (ExchangeRule.client_id, ExchangeRule.subject, ExchangeRule.audience)
    run(delete(ExchangeRule).where(or_(*(column == client_id for column in named))))


def forget_api(identifier: str, *, actor: str) -> None:
    """Take away every rule for an API that is being deleted, so that none counts for another one of its identifier."""
    named = select(ExchangeRule.client_id).where(ExchangeRule.audience == identifier).distinct()
    for client_id in session().scalars(named.order_by(ExchangeRule.client_id)).all():
        client = session().get(Client, client_id, with_for_update=True, populate_existing=True)
        if client is not None:
            left = [rule for rule in of_client(client_id) if rule.audience != identifier]
            put_all(client, left, actor=actor)


def tell(rule: Rule) -> dict[str, Any]:
    """Return a rule as programs are told it."""
    return asdict(rule)


def _find_fault(rules: Sequence[Rule]) -> Refused | None:
    for rule in rules:
        refused = check(rule)
        if refused is not None:
            return refused
    if len({rule.key for rule in rules}) < len(rules):
        return _refuse("subject", "There are two rules for the same subject and audience.")
    return _refuse("subject", f"At most {MOST} rules are allowed.") if len(rules) > MOST else None


def _refuse(member: str, detail: str) -> Refused:
    return Refused(Reason.CLIENT_INVALID, member, detail=detail)


def _read(row: Any) -> Rule:
    return Rule(row.subject, row.audience, row.scope, row.manner, row.once)


def _tell(rules: Sequence[Rule]) -> str:
    """Return rules as the audit log has them."""
    return " | ".join(
        f"{rule.subject} for {rule.audience or 'this server'}: {rule.scope or 'no scope'}, {rule.manner}"
        + (", once" if rule.once else "")
        for rule in rules
    )


@statement
def _find(_dialect: str) -> Select[Any]:
    columns = [getattr(ExchangeRule, name) for name in ("subject", "audience", "scope", "manner", "once")]
    key = [getattr(ExchangeRule, name) for name in ("client_id", "subject", "audience")]
    return select(*columns).where(*(column == parameter(column.key, column) for column in key))
