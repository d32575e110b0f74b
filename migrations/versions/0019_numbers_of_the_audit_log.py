"""Numbers of the audit log by hour and day, how far its readers have come, how long events are kept, and streams.

Revision: 0019
Follows: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

LEAST_DAYS = 30
ALLOWING = f"""
    CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN
        IF TG_OP = 'DELETE' THEN
            IF EXISTS (
                SELECT 1 FROM audit_retention WHERE OLD.at < now() - make_interval(days => greatest(days, {LEAST_DAYS}))
            ) THEN
                RETURN OLD;
            END IF;
        END IF;
        RAISE EXCEPTION 'audit_events is append-only';
    END $$
"""  # noqa: S608 - of a number
REFUSING = """
    CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'audit_events is append-only'; END $$
"""
OLD_ENOUGH = f"""
    WHEN NOT EXISTS (
        SELECT 1 FROM audit_retention
        WHERE OLD.at < strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || max(days, {LEAST_DAYS}) || ' days')
    )
"""  # noqa: S608 - of a number


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "trail_readers",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("reached", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_trail_readers")),
    )
    op.create_table(
        "tallies",
        sa.Column("span", sa.String(length=4), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("span", "at", "what", "key", name=op.f("pk_tallies")),
    )
    op.create_table(
        "active_people",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_active_people")),
    )
    op.create_index("ix_active_people_hour", "active_people", ["hour"])
    op.create_table(
        "audit_retention",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_retention_one")),
        sa.CheckConstraint(f"days >= {LEAST_DAYS}", name=op.f("ck_audit_retention_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_retention")),
    )
    _make_streams()
    if op.get_bind().dialect.name == "postgresql":
        op.execute(ALLOWING)
    else:
        _guard_deletion(OLD_ENOUGH)


def downgrade() -> None:
    """Undo the revision; from then on no event is deleted."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(REFUSING)
    else:
        _guard_deletion()
    op.drop_index("ix_stream_runs_stream_id_id", table_name="stream_runs")
    op.drop_index("ix_stream_runs_began_at", table_name="stream_runs")
    op.drop_table("stream_runs")
    op.drop_table("audit_streams")
    op.drop_table("audit_retention")
    op.drop_index("ix_active_people_hour", table_name="active_people")
    op.drop_table("active_people")
    op.drop_table("tallies")
    op.drop_table("trail_readers")


def _make_streams() -> None:
    op.create_table(
        "audit_streams",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("address", sa.String(length=2000), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("reached", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_former_secret", sa.LargeBinary(), nullable=True),
        sa.Column("former_secret_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claim", sa.String(length=22), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=300), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_streams")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "stream_runs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stream_id", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["stream_id"],
            ["audit_streams.id"],
            name=op.f("fk_stream_runs_stream_id_audit_streams"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stream_runs")),
    )
    op.create_index("ix_stream_runs_began_at", "stream_runs", ["began_at"])
    op.create_index("ix_stream_runs_stream_id_id", "stream_runs", ["stream_id", "id"])


def _guard_deletion(unless: str = "") -> None:
    op.execute("DROP TRIGGER audit_events_no_delete")
    op.execute(
        f"""
        CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events {unless}
        BEGIN SELECT RAISE(ABORT, 'audit_events is append-only'); END
        """
    )
