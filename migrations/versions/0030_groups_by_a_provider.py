"""Which groups of an upstream provider are groups here.

Revision: 0030
Follows: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision."""
    op.add_column("upstream_providers", sa.Column("group_mapping", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Undo the revision."""
    op.drop_column("upstream_providers", "group_mapping")
