"""Keys that codes and refresh tokens are bound to, and clients that push their requests and prove their keys.

Revision: 0029
Follows: 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

SWITCHES = ("require_pushed_authorization_requests", "dpop_bound_access_tokens", "dpop_nonce_required")


def upgrade() -> None:
    """Apply the revision."""
    op.add_column("grants", sa.Column("confirmation", sa.String(length=100), nullable=True))
    for name in SWITCHES:
        op.add_column("clients", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Undo the revision."""
    with op.batch_alter_table("clients") as clients:
        for name in reversed(SWITCHES):
            clients.drop_column(name)
    with op.batch_alter_table("grants") as grants:
        grants.drop_column("confirmation")
