"""Fill a database of its own: `make seed N=1000000 DATABASE=postgresql+psycopg://...`. `docs/benchmark.md` tells more.

The database is migrated first. One that holds accounts already is refused.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from flask import Flask
from sqlalchemy import select

from idp import create_app
from idp.accounts import passwords
from idp.accounts.models import Account
from idp.base import database, schema
from idp.base.extensions import vault
from idp.config import Settings
from tests.bench import home
from tests.bench.peers.ours import SECRET
from tests.bench.peers.peer import PASSWORD
from tests.seed.filling import Postgresql, Row, Sqlite, Target
from tests.seed.people import People
from tests.seed.protocol import Protocol
from tests.seed.records import Records
from tests.seed.standing import Standing
from tests.seed.times import Times

MOST = 10_000_000
Tables = Iterator[tuple[str, tuple[str, ...], Iterator[Row]]]


class Refused(Exception):
    """The database is somebody's."""


def seed(app: Flask, count: int) -> dict[str, int]:
    """Fill the database of an application with so many accounts and what belongs to them; return the rows of each table.

    Raises:
        Refused: the database holds accounts already.
    """
    schema.upgrade(app)
    with app.app_context():
        if database.session().scalar(select(Account.id).limit(1)) is not None:
            raise Refused("The database holds accounts already: a new one is needed.")
        database.pause()
        random = Random(count)  # noqa: S311 - the same each time
        times = Times(random)
        people = People(count, random, times, passwords.hash_password(PASSWORD))
        protocol = Protocol(count, random, times)
        standing = Standing(count, Random(count + 1), times, protocol)  # noqa: S311 - as above
        sealed = vault().seal(b'{"subject": "Hello", "text": "Hello", "html": "Hello"}', "outbox")
        url = database.engine().url
        database.engine().dispose()
    target: Target = (
        Sqlite(str(url.database)) if url.get_backend_name() == "sqlite" else Postgresql(url.render_as_string(False))
    )
    found = {}
    for table, columns, rows in _tables(people, protocol, standing, Records(people, protocol, random, times), sealed):
        began = time.monotonic()
        found[table] = target.fill(table, columns, rows)
        _say(f"{table}: {found[table]} rows in {time.monotonic() - began:.0f} s")
    began = time.monotonic()
    target.finish()
    _say(f"indexes: {time.monotonic() - began:.0f} s")
    return found


def _tables(people: People, protocol: Protocol, standing: Standing, records: Records, sealed: bytes) -> Tables:
    yield "accounts", People.ACCOUNTS, people.accounts()
    yield "account_words", People.WORDS, people.words()
    yield "known_devices", People.DEVICES, people.devices()
    yield "authenticators", People.AUTHENTICATORS, people.authenticators()
    yield "recovery_codes", People.RECOVERY_CODES, people.recovery_codes()
    yield "proofs", People.PROOFS, people.proofs()
    yield "upstream_identities", People.IDENTITIES, people.identities()
    yield "held_names", People.HELD, people.held_names()
    yield "failure_counters", People.COUNTERS, people.counters()
    yield "clients", Protocol.CLIENTS, protocol.clients()
    yield "client_words", Protocol.WORDS, protocol.words()
    yield "client_origins", Protocol.ORIGINS, protocol.origins()
    yield "browser_sessions", Protocol.SESSIONS, protocol.sessions()
    yield "consents", Protocol.CONSENTS, protocol.consents()
    yield "grants", Protocol.GRANTS, protocol.grants()
    yield "refresh_tokens", Protocol.REFRESH_TOKENS, protocol.refresh_tokens()
    yield "revoked_tokens", Protocol.REVOKED, protocol.revoked()
    yield "pending_requests", Protocol.PENDING, protocol.pending()
    yield "used_once", Protocol.USED, protocol.used()
    yield "groups", Standing.GROUPS, standing.groups()
    yield "group_ancestors", Standing.ANCESTORS, standing.ancestors()
    yield "group_words", Standing.GROUP_WORDS, standing.group_words()
    yield "group_members", Standing.MEMBERS, standing.members()
    yield "group_owners", Standing.OWNERS, standing.owners()
    yield "client_groups", Standing.CLIENT_GROUPS, standing.client_groups()
    yield "roles", Standing.ROLES, standing.roles()
    yield "role_words", Standing.ROLE_WORDS, standing.role_words()
    yield "role_holders", Standing.HOLDERS, standing.holders()
    yield "group_roles", Standing.GROUP_ROLES, standing.group_roles()
    yield "audit_events", Records.AUDIT, records.audit()
    yield "outbox", Records.OUTBOX, records.outbox(sealed)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Read the options, fill, and say how long it took."""
    parser = argparse.ArgumentParser(prog="make seed", description=__doc__)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--database", default="", help="its URL (default: a new SQLite file in the benchmark's home)")
    options = parser.parse_args()
    if not 10 <= options.accounts <= MOST:
        parser.error(f"between 10 and {MOST} accounts")
    url = options.database or f"sqlite:///{home.home() / f'seeded-{options.accounts}.db'}"
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gatehouse-seed-") as place:
        app = create_app(Settings(_env_file=None, data_dir=Path(place), database_url=url, secret_key=SECRET))
        try:
            found = seed(app, options.accounts)
        except Refused as refused:
            _say(str(refused))
            return 1
        finally:
            app.extensions["idp.dispose"]()
    _say(f"{sum(found.values())} rows in {time.monotonic() - began:.0f} s: {url.partition('://')[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
