"""Streams over which applications hear news, what waits for them, and whom they do not want to hear of.

Revision: 0032
Follows: 0031
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "signal_streams",
        sa.Column("id", sa.String(22), nullable=False),
        sa.Column("client_id", sa.String(255), nullable=False),
        sa.Column("description", sa.String(255), nullable=True),
        sa.Column("method", sa.String(8), nullable=False),
        sa.Column("endpoint_url", sa.String(2000), nullable=True),
        sa.Column("sealed_authorization", sa.LargeBinary(), nullable=True),
        sa.Column("events_requested", sa.JSON(), nullable=True),
        sa.Column("subject_format", sa.String(16), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("reason", sa.String(200), nullable=True),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("verified_at", INSTANT, nullable=True),
        sa.Column("polled_at", INSTANT, nullable=True),
        sa.Column("delivered_at", INSTANT, nullable=True),
        sa.Column("claim", sa.String(22), nullable=True),
        sa.Column("claimed_until", INSTANT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(300), nullable=True),
        sa.Column("lost", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_streams")),
    )
    op.create_index(op.f("ix_signal_streams_client_id"), "signal_streams", ["client_id"])
    _create_events()
    op.create_table(
        "signal_exclusions",
        sa.Column("stream_id", sa.String(22), _stream("signal_exclusions"), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("stream_id", "subject", name=op.f("pk_signal_exclusions")),
    )


def _create_events() -> None:
    op.create_table(
        "signal_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stream_id", sa.String(22), _stream("signal_events"), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("jti", sa.String(22), nullable=False),
        sa.Column("event_type", sa.String(128), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("is_control", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("failed_at", INSTANT, nullable=True),
        sa.Column("last_error", sa.String(300), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_events")),
        sa.UniqueConstraint("jti", name=op.f("uq_signal_events_jti")),
    )
    op.create_index(op.f("ix_signal_events_account_id"), "signal_events", ["account_id"])
    op.create_index(op.f("ix_signal_events_created_at"), "signal_events", ["created_at"])
    for name, columns, which in (
        ("waiting", ["stream_id", "id"], "failed_at IS NULL"),
        ("failed", ["stream_id"], "failed_at IS NOT NULL"),
    ):
        where = sa.text(which)
        op.create_index(
            f"ix_signal_events_{name}", "signal_events", columns, postgresql_where=where, sqlite_where=where
        )


def _stream(table: str) -> sa.ForeignKey:
    name = op.f(f"fk_{table}_stream_id_signal_streams")
    return sa.ForeignKey("signal_streams.id", name=name, ondelete="CASCADE")


def downgrade() -> None:
    """Undo the revision."""
    for table in ("signal_exclusions", "signal_events", "signal_streams"):
        op.drop_table(table)
