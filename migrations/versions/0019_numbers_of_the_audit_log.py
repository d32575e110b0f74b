"""Numbers of the audit log by hour and day, how far its readers have come, and how long events are kept.

Revision: 0019
Follows: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0012"
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
    op.drop_table("audit_retention")
    op.drop_index("ix_active_people_hour", table_name="active_people")
    op.drop_table("active_people")
    op.drop_table("tallies")
    op.drop_table("trail_readers")


def _guard_deletion(unless: str = "") -> None:
    op.execute("DROP TRIGGER audit_events_no_delete")
    op.execute(
        f"""
        CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events {unless}
        BEGIN SELECT RAISE(ABORT, 'audit_events is append-only'); END
        """
    )
