"""Clients whose identifier is the address of their metadata.

Revision: 0033
Follows: 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
TABLE = "client_documents"


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        TABLE,
        sa.Column("client_id", sa.String(255), nullable=False),
        sa.Column("fetched_at", INSTANT, nullable=False),
        sa.Column("fresh_until", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("client_id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(op.f(f"ix_{TABLE}_due_at"), TABLE, ["due_at"])


def downgrade() -> None:
    """Undo the revision; its clients go with it, since nothing would hold them to their documents."""
    op.execute(f"DELETE FROM clients WHERE client_id IN (SELECT client_id FROM {TABLE})")  # noqa: S608 - a constant
    op.drop_table(TABLE)
