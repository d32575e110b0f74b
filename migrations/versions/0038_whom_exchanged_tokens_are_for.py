"""Tokens are exchanged for ones for an API, whose identifier is longer than a client's.

Revision: 0038
Follows: 0037
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

CLIENT, AUDIENCE = sa.String(length=255), sa.String(length=500)


def upgrade() -> None:
    """Apply the revision."""
    with op.batch_alter_table("exchange_rules", schema=None) as batch_op:
        batch_op.alter_column("audience", existing_type=CLIENT, type_=AUDIENCE, existing_nullable=False)


def downgrade() -> None:
    """Undo the revision; rules for an API are forgotten, which nothing before knows of."""
    op.execute("DELETE FROM exchange_rules WHERE audience LIKE '%:%'")
    with op.batch_alter_table("exchange_rules", schema=None) as batch_op:
        batch_op.alter_column("audience", existing_type=AUDIENCE, type_=CLIENT, existing_nullable=False)
