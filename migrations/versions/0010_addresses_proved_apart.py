"""Accounts whose address was proved by somebody who may be another than their maker are known as such for a while.

Revision: 0010
Follows: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision."""
    op.add_column("accounts", sa.Column("proved_apart_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Undo the revision."""
    op.drop_column("accounts", "proved_apart_at")
