"""Setting the mappers of a client or a scope: all at once, so that none is without the others. What was before is recorded."""

from collections.abc import Callable, Sequence

from sqlalchemy import select, update

from idp import audit
from idp.attributes import service as attributes
from idp.base import clock
from idp.base.database import after_commit, connection, insert_into, run, session
from idp.base.extensions import generation
from idp.base.outcome import Reason, Refused
from idp.clients.mapping import rules
from idp.clients.mapping.rules import BUILT_IN, Mapper
from idp.clients.metadata import SCOPES, STANDING_SCOPES
from idp.clients.metadata.rules import SCOPE_TOKEN
from idp.clients.models import Client, ScopeMapping

Edit = Callable[[tuple[Mapper, ...]], Sequence[Mapper]]

LONGEST_SCOPE = 200
MOST_SCOPES = 500


def of_client(client: Client) -> tuple[Mapper, ...]:
    """Return the mappers of a client."""
    return rules.read(client.claim_mappers)


def put_client(client: Client, mappers: Sequence[Mapper], *, actor: str) -> Refused | None:
    """Set the mappers of a client, which the caller has locked.

    Refusals: those of `rules.check_all`, CLIENT_INVALID for an unknown attribute.
    """
    before = of_client(client)
    refused = _check(mappers, before)
    if refused is not None or tuple(mappers) == before:
        return refused
    client.claim_mappers, client.updated_at = rules.write(mappers), clock.now()
    session().flush()
    audit.record(
        "client.claims_changed",
        client_id=client.client_id,
        actor=actor,
        changes={"claim_mappers": (_tell(before), _tell(mappers))},
    )
    after_commit(generation("clients").bump)
    return None


def find_scope(scope: str) -> tuple[Mapper, ...]:
    """Return the mappers of a scope as they are now."""
    row = session().get(ScopeMapping, scope, populate_existing=True)
    return rules.read(row.claim_mappers) if row is not None else BUILT_IN.get(scope, ())


def put_scope(scope: str, mappers: Sequence[Mapper], *, actor: str) -> Refused | None:
    """Set the mappers of a scope, of the server or of clients. Refusals: as of `change_scope`."""
    return change_scope(scope, lambda _present: mappers, actor=actor)


def change_scope(scope: str, edit: Edit, *, actor: str) -> Refused | None:
    """Set what `edit` makes of the mappers of a scope, which nobody else changes until the commit.

    Refusals: those of `rules.check_all`, CLIENT_INVALID for `scope` and for an unknown attribute.
    """
    if not SCOPE_TOKEN.fullmatch(scope) or len(scope) > LONGEST_SCOPE:
        detail = "A scope has at most 200 characters, without spaces and quotes."
        return Refused(Reason.CLIENT_INVALID, "scope", detail=detail)
    now = clock.now()
    new = insert_into(ScopeMapping).values(scope=scope, claim_mappers=rules.write(find_scope(scope)), changed_at=now)
    # Made or found, the row is locked from here on.
    connection().execute(new.on_conflict_do_update(index_elements=[ScopeMapping.scope], set_={"changed_at": now}))
    before = find_scope(scope)
    mappers = edit(before)
    refused = _check(mappers, before)
    if refused is not None or tuple(mappers) == before:
        return refused
    changed = update(ScopeMapping).where(ScopeMapping.scope == scope).values(claim_mappers=rules.write(mappers))
    run(changed.execution_options(synchronize_session=False))
    audit.record(
        "scope.claims_changed", actor=actor, scope=scope, changes={"claim_mappers": (_tell(before), _tell(mappers))}
    )
    after_commit(generation("scopes").bump)
    return None


def list_scopes() -> dict[str, tuple[Mapper, ...]]:
    """Return the scopes of this server, and those that have mappers, each with its own."""
    query = select(ScopeMapping).order_by(ScopeMapping.scope).limit(MOST_SCOPES)
    kept = {row.scope: rules.read(row.claim_mappers) for row in session().scalars(query)}
    own = {scope: BUILT_IN.get(scope, ()) for scope in (*SCOPES, *STANDING_SCOPES)}
    return own | kept


def _check(mappers: Sequence[Mapper], before: Sequence[Mapper]) -> Refused | None:
    """Return what is wrong with mappers; an attribute that was there before may have been deleted since, and its claim is told no more."""
    refused = rules.check_all(mappers)
    if refused is not None:
        return refused
    known = {mapper.value for mapper in before if mapper.source == rules.ATTRIBUTE}
    asked = [mapper.value for mapper in mappers if mapper.source == rules.ATTRIBUTE and mapper.value not in known]
    unknown = attributes.find_unknown(asked)
    return rules.refuse("value", f"There is no attribute {unknown[0]}.") if unknown else None


def _tell(mappers: Sequence[Mapper]) -> str:
    """Return mappers as the audit log has them."""
    told = (
        f"{mapper.claim}={mapper.source}:{mapper.value}@{'+'.join(place for place in rules.PLACES if mapper.is_told(place))}"
        for mapper in mappers
    )
    return " ".join(told)
