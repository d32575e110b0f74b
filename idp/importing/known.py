"""What has come already, by source and identifier there: so that a second run changes nothing, and one that was killed goes on."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from idp.base import clock, writing
from idp.base.database import connection, run, session
from idp.base.extensions import vault
from idp.importing.entries import RoleName
from idp.importing.models import ImportedEntry

ACCOUNT, CLIENT, ROLE, GROUP = "account", "client", "role", "group"
TOGETHER = 1000  # keys that are asked for at once


@dataclass(frozen=True)
class Key:
    """An entry as the table knows it: whose identifier, and what it meant."""

    digest: bytes
    fingerprint: bytes


def key(source: str, kind: str, foreign_id: str, meaning: str) -> Key:
    """Return the digests of an entry; `meaning` is the address or identifier that it stands for."""
    own = vault()
    return Key(
        own.keyed_digest(f"{source}\0{foreign_id}", f"imported-{kind}"),
        own.keyed_digest(meaning, f"imported-as-{kind}"),
    )


def client_key(source: str, client_id: str) -> Key:
    """Return the key of a client."""
    return key(source, CLIENT, client_id, client_id)


def role_key(source: str, role: RoleName) -> Key:
    """Return the key of a role, which is known by its name."""
    name = f"{role.client_id or ''}\0{writing.fold(role.name.strip())}"
    return key(source, ROLE, name, name)


def group_key(source: str, path: str) -> Key:
    """Return the key of a group, which is known by its path, folded."""
    return key(source, GROUP, path, path)


def find(keys: Iterable[Key]) -> dict[bytes, bytes]:
    """Return the fingerprints of those that have come, by digest."""
    digests = list({one.digest for one in keys})
    found: dict[bytes, bytes] = {}
    for begin in range(0, len(digests), TOGETHER):
        some = ImportedEntry.digest.in_(digests[begin : begin + TOGETHER])
        query = select(ImportedEntry.digest, ImportedEntry.fingerprint).where(some)
        found |= dict(session().execute(query).all())
    return found


def find_accounts(keys: Iterable[Key]) -> dict[bytes, int]:
    """Return the accounts of those that have come and are there still, by digest."""
    query = select(ImportedEntry.digest, ImportedEntry.account_id)
    rows = session().execute(query.where(ImportedEntry.digest.in_({one.digest for one in keys})))
    return {row[0]: row[1] for row in rows if row[1] is not None}


def note(entries: Iterable[tuple[Key, int | None]]) -> None:
    """Note that entries have come, each with the account that it is, if any."""
    now = clock.now()
    rows: list[dict[str, Any]] = [
        {"digest": one.digest, "fingerprint": one.fingerprint, "account_id": account_id, "imported_at": now}
        for one, account_id in entries
    ]
    if rows:
        connection().execute(insert(ImportedEntry), rows)


def forget(account_id: int) -> None:
    """Forget whose an entry is, at an erasure; the entry stays, so that the person does not come again."""
    own = update(ImportedEntry).where(ImportedEntry.account_id == account_id)
    run(own.values(account_id=None))
