"""Older interfaces and upstream identities.

Revision: 0003
Follows: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "upstream_identities",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upstream_identities")),
    )
    with op.batch_alter_table("upstream_identities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_upstream_identities_account_id"), ["account_id"], unique=False)
        batch_op.create_index("uq_upstream_identities_provider_subject", ["provider", "subject"], unique=True)

    with op.batch_alter_table("browser_sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("door", sa.String(length=32), server_default="browser", nullable=False))

    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.add_column(sa.Column("contacts", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("dialect", sa.String(length=32), nullable=True))


def downgrade() -> None:
    """Undo the revision."""
    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.drop_column("dialect")
        batch_op.drop_column("contacts")

    with op.batch_alter_table("browser_sessions", schema=None) as batch_op:
        batch_op.drop_column("door")

    with op.batch_alter_table("upstream_identities", schema=None) as batch_op:
        batch_op.drop_index("uq_upstream_identities_provider_subject")
        batch_op.drop_index(batch_op.f("ix_upstream_identities_account_id"))

    op.drop_table("upstream_identities")
