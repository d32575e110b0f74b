"""Everything held about one person, as JSON.

The dump goes by the tables themselves: every table with a column `account_id`, what hangs on such a table by a foreign key,
and those that know a person by another name (`_owners`). So a new table is exported without anybody thinking of it; one that
holds nothing personal says so in `NOTHING_PERSONAL`, and a test finds those that nobody has thought of. Secrets are left out
by name: `LEFT_OUT`.
"""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, and_, false, or_, select
from sqlalchemy.sql.expression import ColumnCollection

from idp import audit
from idp.accounts.models import Account
from idp.base import clock
from idp.base.database import Model, connection
from idp.base.extensions import settings
from idp.federation import models as _federation  # noqa: F401 - so that its tables are known to every process

NOTHING_PERSONAL = frozenset(
    {
        "applied_entries",
        "attributes",
        "audit_retention",
        "authorization_details_types",
        "audit_streams",
        "client_documents",
        "client_groups",
        "client_logos",
        "client_origins",
        "client_words",
        "clients",
        "device_requests",
        "exchange_rules",
        "id_jag_groups",
        "id_jag_rules",
        "import_runs",
        "group_ancestors",
        "group_roles",
        "group_words",
        "groups",
        "initial_access_tokens",
        "people_jobs",
        "policies",
        "resources",
        "trusted_issuers",
        "revoked_tokens",
        "role_words",
        "roles",
        "scim_group_ids",
        "scim_pushed_groups",
        "scim_removals",
        "scim_targets",
        "scope_mappings",
        "signal_exclusions",
        "signal_streams",
        "signing_keys",
        "stream_runs",
        "tallies",
        "trail_readers",
        "terms_versions",
        "upstream_icons",
        "upstream_providers",
        "used_once",
    }
)

# The words by which somebody is found, and when they were last seen, only repeat what the account says.
REPEATED = frozenset({"account_words", "active_people"})

SOMEBODY = "somebody else"

# Secrets and their digests, and what belongs to an application and not to the person.
LEFT_OUT = frozenset(
    {
        "accounts.password_hash",
        "administrator_roles.given_by",
        "group_administrators.given_by",
        "authenticators.last_step",
        "authenticators.sealed_secret",
        "browser_sessions.first_for",
        "browser_sessions.second_for",
        "browser_sessions.token_digest",
        "failure_counters.key_digest",
        "grants.code_challenge",
        "grants.code_digest",
        "grants.nonce",
        "held_names.digest",
        "imported_entries.digest",
        "imported_entries.fingerprint",
        "invitations.invited_by",
        "invitations.token_digest",
        "known_devices.digest",
        "outbox.sealed_payload",
        "passkeys.credential_id",
        "passkeys.public_key",
        "opaque_tokens.digest",
        "pending_requests.id_digest",
        "pending_requests.parameters",
        "proofs.code_digest",
        "proofs.holder",
        "proofs.token_digest",
        "recovery_codes.digest",
        "refresh_tokens.digest",
        "scim_pushed_people.digest",
        "sign_in_attempts.digest",
        "sign_ups.details.password_hash",
        "sign_ups.id_digest",
    }
)


def make(account: Account, *, source: str) -> str:
    """Return everything held about a person as a JSON document, a list of rows by table, and record that it was asked for."""
    audit.record("data.exported", subject=account.sub, source=source)
    document: dict[str, Any] = {"issuer": settings().issuer, "exported_at": clock.now()}
    for name, belongs in sorted(_owners(account).items()):
        document[name] = _dump(Model.metadata.tables[name], belongs)
    _name_groups_and_roles(document)
    for event in document["audit_events"]:
        event |= {name: SOMEBODY for name in ("subject", "actor") if event[name] not in (None, account.sub)}
    (own,) = document["accounts"]
    own["has_password"] = account.password_hash is not None
    return json.dumps(document, indent=2, ensure_ascii=False, default=_write)


def _name_groups_and_roles(document: dict[str, Any]) -> None:
    """Say beside the number of a group or role what it is called."""
    tables = Model.metadata.tables
    for rows, number, table, name in (
        ("group_members", "group_id", "groups", "path"),
        ("invitation_groups", "group_id", "groups", "path"),
        ("group_owners", "group_id", "groups", "path"),
        ("role_holders", "role_id", "roles", "name"),
        ("terms_acceptances", "version_id", "terms_versions", "name"),
    ):
        columns = tables[table].columns
        wanted = select(columns["id"], columns[name]).where(columns["id"].in_([row[number] for row in document[rows]]))
        names = {found[0]: found[1] for found in connection().execute(wanted)}
        for row in document[rows]:
            row[name] = names.get(row[number])


def exported() -> frozenset[str]:
    """Return the names of the tables that are exported for somebody."""
    return frozenset(_owners(Account(id=0, sub="", email="", created_at=clock.now())))


def _owners(account: Account) -> dict[str, ColumnElement[bool]]:
    """Return for each table with personal rows how one person's are found."""
    tables = Model.metadata.tables
    events, outbox = tables["audit_events"].columns, tables["outbox"].columns
    owners: dict[str, ColumnElement[bool]] = {
        "accounts": tables["accounts"].columns["id"] == account.id,
        "audit_events": or_(events["subject"] == account.sub, events["actor"] == account.sub),
        "failure_counters": tables["failure_counters"].columns["holder"] == f"account/{account.id}",
        "outbox": _is_own_mail(account, outbox),
        "pending_requests": tables["pending_requests"].columns["agreed_by"] == account.id,
    }
    for table in Model.metadata.sorted_tables:  # parents first
        if table.name in REPEATED:
            continue
        if "account_id" in table.columns:
            owners[table.name] = table.columns["account_id"] == account.id
        for key in table.foreign_keys:
            parent = key.column.table
            if table.name not in owners and parent.name in owners:
                owners[table.name] = key.parent.in_(select(key.column).where(owners[parent.name]))
    return owners


def _is_own_mail(account: Account, outbox: ColumnCollection[str, Column[Any]]) -> ColumnElement[bool]:
    """Return which mail was an account's: none while nobody has proved the address, whose owner may be somebody else.

    What was sent to the address before belongs to an earlier account of its owner.
    """
    if not account.is_verified:
        return false()
    return and_(outbox["recipient"] == account.email, outbox["created_at"] >= account.created_at)


def _dump(table: Table, belongs: ColumnElement[bool]) -> list[dict[str, Any]]:
    columns = [column for column in table.columns if f"{table.name}.{column.name}" not in LEFT_OUT]
    rows = connection().execute(select(*columns).where(belongs).order_by(*table.primary_key.columns)).mappings()
    return [{name: _prune(f"{table.name}.{name}", value) for name, value in row.items()} for row in rows]


def _prune(path: str, value: Any) -> Any:
    """Leave out members of JSON columns, as columns are."""
    if not isinstance(value, dict):
        return value
    return {name: member for name, member in value.items() if f"{path}.{name}" not in LEFT_OUT}


def _write(value: Any) -> str:
    """Write an instant; anything else that JSON does not know, such as bytes, should have been left out."""
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} cannot be exported")
