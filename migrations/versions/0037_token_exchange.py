"""By which rules clients exchange tokens.

Revision: 0037
Follows: 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "exchange_rules",
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("audience", sa.String(length=255), nullable=False),
        sa.Column("scope", sa.String(length=1000), nullable=False),
        sa.Column("manner", sa.String(length=16), nullable=False),
        sa.Column("once", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "subject", "audience", name=op.f("pk_exchange_rules")),
    )
    for column in ("subject", "audience"):
        op.create_index(op.f(f"ix_exchange_rules_{column}"), "exchange_rules", [column])


def downgrade() -> None:
    """Undo the revision."""
    op.drop_table("exchange_rules")
