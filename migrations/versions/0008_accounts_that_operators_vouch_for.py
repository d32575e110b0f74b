"""Accounts that an operator made stay although nobody has proved their address; others are deleted after a week without use.

Revision: 0008
Follows: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision; the audit log knows which accounts operators have made until now."""
    op.add_column("accounts", sa.Column("is_vouched_for", sa.Boolean(), nullable=False, server_default=sa.false()))
    made = "SELECT subject FROM audit_events WHERE event = 'account.created' AND subject IS NOT NULL"
    op.execute(f"UPDATE accounts SET is_vouched_for = true WHERE sub IN ({made})")  # noqa: S608 - two constants


def downgrade() -> None:
    """Undo the revision."""
    op.drop_column("accounts", "is_vouched_for")
