"""Numbers of the audit log by hour and day, and how far its readers have come.

Revision: 0019
Follows: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0012"
branch_labels = None
depends_on = None


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


def downgrade() -> None:
    """Undo the revision."""
    op.drop_index("ix_active_people_hour", table_name="active_people")
    op.drop_table("active_people")
    op.drop_table("tallies")
    op.drop_table("trail_readers")
