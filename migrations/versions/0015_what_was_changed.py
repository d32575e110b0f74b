"""The audit log tells what was changed, before and after; policies have a version and who changed them.

Revision: 0015
Follows: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

IS_A_CHANGE = sa.text("changes IS NOT NULL")


def upgrade() -> None:
    """Apply the revision."""
    op.add_column("audit_events", sa.Column("changes", sa.JSON(), nullable=True))
    op.create_index(
        "ix_audit_events_changed_clients",
        "audit_events",
        ["client_id", "id"],
        postgresql_where=IS_A_CHANGE,
        sqlite_where=IS_A_CHANGE,
    )
    op.add_column("policies", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("policies", sa.Column("changed_by", sa.String(length=64), nullable=True))


def downgrade() -> None:
    """Undo the revision."""
    op.drop_column("policies", "changed_by")
    op.drop_column("policies", "version")
    op.drop_index("ix_audit_events_changed_clients", table_name="audit_events")
    op.drop_column("audit_events", "changes")
