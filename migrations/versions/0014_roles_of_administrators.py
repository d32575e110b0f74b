"""Administrators have roles, given by somebody and perhaps until a day. Whoever administers so far may everything, as before.

Revision: 0014
Follows: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "administrator_roles",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("given_by", sa.String(length=64), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "role", name=op.f("pk_administrator_roles")),
    )
    op.create_index("ix_administrator_roles_role_account_id", "administrator_roles", ["role", "account_id"])
    op.create_index("ix_administrator_roles_ends_at", "administrator_roles", ["ends_at"])
    op.execute(
        "INSERT INTO administrator_roles (account_id, role, given_by, given_at)"
        " SELECT id, 'owner', 'upgrade', created_at FROM accounts WHERE is_admin"
    )


def downgrade() -> None:
    """Undo the revision; of those who administer only owners stay administrators."""
    op.execute(
        "UPDATE accounts SET is_admin = (id IN (SELECT account_id FROM administrator_roles WHERE role = 'owner'))"
    )
    op.drop_table("administrator_roles")
