"""Who owns a client, and when it was used last.

Revision: 0025
Follows: 0024
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

BY_USE, BY_CLIENT = "ix_clients_unused_since_client_id", "ix_client_owners_client_id_account_id"


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "client_owners",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "client_id", name=op.f("pk_client_owners")),
    )
    op.create_index(BY_CLIENT, "client_owners", ["client_id", "account_id"])
    op.add_column("clients", sa.Column("last_used_on", sa.Date(), nullable=True))
    # Of the time before nothing is known: nobody counts as unused since longer than this day. A constant rewrites no row.
    upgraded = sa.text(f"'{datetime.now(UTC).date().isoformat()}'")
    op.add_column("clients", sa.Column("unused_since", sa.Date(), server_default=upgraded, nullable=False))
    op.create_index(BY_USE, "clients", ["unused_since", "client_id"])


def downgrade() -> None:
    """Undo the revision."""
    op.drop_index(BY_USE, table_name="clients")
    with op.batch_alter_table("clients") as clients:
        for column in ("unused_since", "last_used_on"):
            clients.drop_column(column)
    op.drop_table("client_owners")
