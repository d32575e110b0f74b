"""Client secrets that count for a while beside their successors, and clients that want claims in their ID tokens.

Revision: 0006
Follows: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision."""
    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.add_column(sa.Column("former_secret_digest", sa.LargeBinary(length=32), nullable=True))
        batch_op.add_column(sa.Column("former_sealed_secret", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("former_secret_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("claims_in_id_token", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Undo the revision."""
    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.drop_column("claims_in_id_token")
        batch_op.drop_column("former_secret_until")
        batch_op.drop_column("former_sealed_secret")
        batch_op.drop_column("former_secret_digest")
