"""Clients that people sign in to by their browser (FedCM).

Revision: 0036
Follows: 0035
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision."""
    op.add_column("clients", sa.Column("fedcm_enabled", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_clients_with_fedcm",
        "clients",
        ["client_id"],
        postgresql_where=sa.text("fedcm_enabled"),
        sqlite_where=sa.text("fedcm_enabled"),
    )


def downgrade() -> None:
    """Undo the revision."""
    op.drop_index("ix_clients_with_fedcm", table_name="clients")
    with op.batch_alter_table("clients") as clients:
        clients.drop_column("fedcm_enabled")
