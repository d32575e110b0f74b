"""Jobs: acts upon many people, and how far they are.

Revision: 0024
Follows: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "people_jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("listed", sa.JSON(), nullable=True),
        sa.Column("term", sa.String(length=200), nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("group_path", sa.String(length=600), nullable=True),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("actor_number", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("why", sa.String(length=32), nullable=True),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("failures", sa.JSON(), nullable=False),
        sa.Column("examples", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_jobs")),
        sqlite_autoincrement=True,
    )
    is_open = sa.text("finished_at IS NULL")
    op.create_index("ix_people_jobs_open", "people_jobs", ["worked_at"], postgresql_where=is_open, sqlite_where=is_open)
    op.create_index(op.f("ix_people_jobs_finished_at"), "people_jobs", ["finished_at"])


def downgrade() -> None:
    """Undo the revision."""
    op.drop_table("people_jobs")
