"""What directories say of people, and how clients name people and groups in their own.

Revision: 0021
Follows: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

LONGEST_NAME = 255
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply the revision."""
    collation = "C" if op.get_bind().dialect.name == "postgresql" else None
    name = sa.String(LONGEST_NAME, collation=collation)
    op.create_table(
        "scim_users",
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_name", sa.String(LONGEST_NAME), nullable=False),
        sa.Column("user_name_folded", name, nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("disabled_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_scim_users")),
        sa.UniqueConstraint("user_name_folded", name=op.f("uq_scim_users_user_name_folded")),
    )
    account = sa.Column("account_id", sa.Integer(), nullable=False)
    group_key = sa.ForeignKey("groups.id", name=op.f("fk_scim_group_ids_group_id_groups"), ondelete="CASCADE")
    group = sa.Column("group_id", sa.Integer(), group_key, nullable=False)
    for table, owner in (("scim_user_ids", account), ("scim_group_ids", group)):
        op.create_table(
            table,
            sa.Column("client_id", sa.String(255), nullable=False),
            owner,
            sa.Column("external_id", name, nullable=False),
            sa.PrimaryKeyConstraint("client_id", owner.name, name=op.f(f"pk_{table}")),
        )
        op.create_index(op.f(f"ix_{table}_{owner.name}"), table, [owner.name])
        op.create_index(f"ix_{table}_external_id_client_id", table, ["external_id", "client_id"])


def downgrade() -> None:
    """Undo the revision."""
    for table in ("scim_group_ids", "scim_user_ids", "scim_users"):
        op.drop_table(table)
