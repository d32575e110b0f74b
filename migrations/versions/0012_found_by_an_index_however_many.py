"""What administrators look for and count, and what purges look for, is found by an index, however many rows there are.

Clients are found by words, as people are. Recipients of deliveries are compared by code points, as everywhere else.

Revision: 0012
Follows: 0011
"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

LONGEST_WORD, LONGEST_ORDERED, BATCH = 64, 255, 1000
PLAIN = str.maketrans({"ı": "i", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th"})

# Of a part of the rows: name, table, column, and which rows. SQLite has numbers for what is true.
PARTS = (
    ("ix_accounts_unfolded", "accounts", "id", "username IS NOT NULL AND username_folded IS NULL"),
    ("ix_accounts_unproved", "accounts", "id", "email_verified_at IS NULL"),
    ("ix_accounts_disabled", "accounts", "id", "disabled_at IS NOT NULL"),
    ("ix_accounts_administrators", "accounts", "id", "is_admin"),
    ("ix_accounts_without_factor", "accounts", "id", "second_factor_since IS NULL"),
    ("ix_clients_disabled", "clients", "client_id", "disabled_at IS NOT NULL"),
    ("ix_clients_with_second_factor", "clients", "client_id", "require_second_factor"),
    ("ix_outbox_waiting", "outbox", "id", "next_attempt_at IS NOT NULL"),
    ("ix_outbox_delivered", "outbox", "id", "delivered_at IS NOT NULL"),
    ("ix_outbox_failed", "outbox", "id", "failed_at IS NOT NULL"),
)
WHOLE = (
    ("ix_clients_search_text_client_id", "clients", ["search_text", "client_id"]),
    ("ix_clients_created_at", "clients", ["created_at"]),
    ("ix_outbox_recipient_id", "outbox", ["recipient", "id"]),
    ("ix_outbox_created_at", "outbox", ["created_at"]),
)

clients = sa.table("clients", *map(sa.column, ("client_id", "client_name", "search_text")))
client_words = sa.table("client_words", sa.column("client_id"), sa.column("word"))


def upgrade() -> None:
    """Apply the revision."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "client_words",
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("word", sa.String(length=LONGEST_WORD, collation="C" if is_postgresql else None), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "word", name=op.f("pk_client_words")),
    )
    _write_words()
    op.create_index("ix_client_words_word_client_id", "client_words", ["word", "client_id"])
    if is_postgresql:
        op.alter_column("outbox", "recipient", type_=sa.String(320, collation="C"), existing_type=sa.String(320))
    longer = sa.func.length(clients.c.search_text) > LONGEST_ORDERED
    cut = sa.func.substr(clients.c.search_text, 1, LONGEST_ORDERED)
    op.execute(sa.update(clients).where(longer).values(search_text=cut))
    for name, table, columns in WHOLE:
        op.create_index(name, table, columns)
    for name, table, column, condition in PARTS:
        which = sa.text(condition if is_postgresql or " " in condition else f"{condition} = 1")
        op.create_index(name, table, [column], postgresql_where=which, sqlite_where=which)


def downgrade() -> None:
    """Undo the revision."""
    for name, table, *_ in (*PARTS, *WHOLE):
        op.drop_index(name, table_name=table)
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("outbox", "recipient", type_=sa.String(320, collation="default"), existing_type=sa.String(320))
    op.drop_table("client_words")


def _write_words() -> None:
    connection, last = op.get_bind(), ""
    while True:
        query = sa.select(clients.c.client_id, clients.c.client_name).where(clients.c.client_id > last)
        rows = connection.execute(query.order_by(clients.c.client_id).limit(BATCH)).all()
        if not rows:
            return
        found = [
            {"client_id": row.client_id, "word": word}
            for row in rows
            for word in sorted({*_split(row.client_name), *_split(row.client_id)})
        ]
        if found:
            connection.execute(sa.insert(client_words), found)
        last = rows[-1].client_id


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = (c for c in bare if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    return "".join(kept).translate(PLAIN)


def _split(text: str) -> list[str]:
    parted = (
        " " if unicodedata.category(c)[0] in "ZPC" or unicodedata.category(c) == "Sm" else c for c in _plain(text)
    )
    return [word[:LONGEST_WORD] for word in "".join(parted).split()]
