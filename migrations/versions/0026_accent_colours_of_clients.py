"""The accent colour of a client.

Revision: 0026
Follows: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision."""
    op.add_column("clients", sa.Column("accent_color", sa.String(length=7), nullable=True))


def downgrade() -> None:
    """Undo the revision."""
    with op.batch_alter_table("clients") as clients:
        clients.drop_column("accent_color")
