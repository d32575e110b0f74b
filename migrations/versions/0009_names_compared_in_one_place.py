"""Usernames folded by the program and not by the database, names that are held, and the words by which people are found.

Of two accounts whose usernames are one and the same now (a database for Turkish took `INAN` and `inan` for two), the older keeps
it; the younger gets a free one with a number behind it, an entry in the audit log, and still signs in by its address.

Revision: 0009
Follows: 0008
"""

import logging
import unicodedata
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

LONGEST_USERNAME, LONGEST_WORD, BATCH = 20, 64, 1000
PLAIN = str.maketrans({"ı": "i", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th"})

log = logging.getLogger("idp.migrations")

accounts = sa.table(
    "accounts",
    *map(sa.column, ("id", "sub", "email", "username", "username_folded", "given_name", "family_name")),
    sa.column("details", sa.JSON),
)
account_words = sa.table("account_words", sa.column("account_id"), sa.column("word"))
clients = sa.table("clients", sa.column("client_id"), sa.column("client_name"), sa.column("search_text"))
audit_events = sa.table(
    "audit_events",
    sa.column("at", sa.DateTime(timezone=True)),
    *map(sa.column, ("event", "outcome", "subject", "actor")),
    sa.column("detail", sa.JSON),
)


def upgrade() -> None:
    """Apply the revision."""
    collation = "C" if op.get_bind().dialect.name == "postgresql" else None
    folded = sa.String(length=64, collation=collation)
    op.drop_index("uq_accounts_username_folded", table_name="accounts")
    op.add_column("accounts", sa.Column("username_folded", folded, nullable=True))
    op.add_column("clients", sa.Column("search_text", sa.Text(collation=collation), nullable=False, server_default=""))
    op.create_table(
        "held_names",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_held_names")),
    )
    op.create_index(op.f("ix_held_names_account_id"), "held_names", ["account_id"])
    op.create_index(op.f("ix_held_names_held_until"), "held_names", ["held_until"])
    op.create_table(
        "account_words",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("word", folded, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "word", name=op.f("pk_account_words")),
    )
    _fold_usernames()
    _write_words()
    _write_search_texts()
    op.create_index("ix_account_words_word_account_id", "account_words", ["word", "account_id"])
    op.create_index("uq_accounts_username_folded", "accounts", ["username_folded"], unique=True)


def downgrade() -> None:
    """Undo the revision; names are held no more."""
    op.drop_index("uq_accounts_username_folded", table_name="accounts")
    op.drop_table("account_words")
    op.drop_table("held_names")
    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.drop_column("search_text")
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_column("username_folded")
    op.create_index("uq_accounts_username_folded", "accounts", [sa.text("lower(username)")], unique=True)


def _fold_usernames() -> None:
    connection = op.get_bind()
    query = sa.select(accounts.c.id, accounts.c.sub, accounts.c.username).where(accounts.c.username.is_not(None))
    rows = connection.execute(query.order_by(accounts.c.id)).all()
    taken, all_names = set(), {_fold(row.username) for row in rows}
    changes = []
    for row in rows:
        name = row.username
        if _fold(name) in taken:
            name = _find_free(name, all_names)
            all_names.add(_fold(name))
            _note(connection, row.sub)
        taken.add(_fold(name))
        changes.append({"number": row.id, "name": name, "folded": _fold(name)})
    change = sa.update(accounts).where(accounts.c.id == sa.bindparam("number"))
    change = change.values(username=sa.bindparam("name"), username_folded=sa.bindparam("folded"))
    for place in range(0, len(changes), BATCH):
        connection.execute(change, changes[place : place + BATCH])


def _find_free(name: str, names: set[str]) -> str:
    """Return a name with the first number behind it that nobody has."""
    number = 2
    while True:
        behind = f"-{number}"
        found = name[: LONGEST_USERNAME - len(behind)] + behind
        if _fold(found) not in names:
            return found
        number += 1


def _note(connection: sa.Connection, sub: str) -> None:
    log.warning("The username of account %s was another's; the older keeps it, this one got a number behind it.", sub)
    event = {"event": "account.profile_changed", "outcome": "success", "subject": sub, "actor": "upgrade"}
    detail = {"reason": "the username was another's too"}
    connection.execute(sa.insert(audit_events).values(at=datetime.now(UTC), detail=detail, **event))


def _write_words() -> None:
    connection, last = op.get_bind(), 0
    while True:
        query = sa.select(accounts).where(accounts.c.id > last).order_by(accounts.c.id).limit(BATCH)
        rows = connection.execute(query).all()
        if not rows:
            return
        found = [{"account_id": row.id, "word": word} for row in rows for word in sorted(_words(row))]
        if found:
            connection.execute(sa.insert(account_words), found)
        last = rows[-1].id


def _words(row: sa.Row) -> set[str]:
    details = row.details or {}
    texts = [row.username, row.email, row.given_name, row.family_name, row.sub]
    texts += [details.get("nickname"), details.get("middle_name")]
    return {word[:LONGEST_WORD] for text in texts if isinstance(text, str) for word in _split(text)}


def _write_search_texts() -> None:
    connection = op.get_bind()
    rows = connection.execute(sa.select(clients.c.client_id, clients.c.client_name)).all()
    changes = [{"client": row.client_id, "text": _plain(f"{row.client_name}\n{row.client_id}")} for row in rows]
    change = sa.update(clients).where(clients.c.client_id == sa.bindparam("client"))
    if changes:
        connection.execute(change.values(search_text=sa.bindparam("text")), changes)


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = (c for c in bare if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    return "".join(kept).translate(PLAIN)


def _split(text: str) -> list[str]:
    parted = (
        " " if unicodedata.category(c)[0] in "ZPC" or unicodedata.category(c) == "Sm" else c for c in _plain(text)
    )
    return "".join(parted).split()
