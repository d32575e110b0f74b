"""What has come already, by source and identifier there: so that a second run changes nothing, and one that was killed goes on."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from idp.base import clock
from idp.base.database import connection, run, session
from idp.base.extensions import vault
from idp.importing.models import ImportedEntry

ACCOUNT, CLIENT = "account", "client"


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


def find(keys: Iterable[Key]) -> dict[bytes, bytes]:
    """Return the fingerprints of those that have come, by digest."""
    digests = {one.digest for one in keys}
    query = select(ImportedEntry.digest, ImportedEntry.fingerprint).where(ImportedEntry.digest.in_(digests))
    return dict(session().execute(query).all())


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
