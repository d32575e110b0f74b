"""Roles of administrators for one group's people.

Revision: 0028
Follows: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
TABLE = "group_administrators"


def upgrade() -> None:
    """Apply the revision."""
    key = sa.ForeignKey("groups.id", name=op.f(f"fk_{TABLE}_group_id_groups"), ondelete="CASCADE")
    op.create_table(
        TABLE,
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), key, nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("given_by", sa.String(64), nullable=False),
        sa.Column("given_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("account_id", "group_id", "role", name=op.f(f"pk_{TABLE}")),
    )
    for column in ("group_id", "ends_at"):
        op.create_index(op.f(f"ix_{TABLE}_{column}"), TABLE, [column])


def downgrade() -> None:
    """Undo the revision; who has such a role alone administers nothing any more."""
    op.execute(
        "UPDATE accounts SET is_admin = false WHERE id IN (SELECT account_id FROM group_administrators)"
        " AND id NOT IN (SELECT account_id FROM administrator_roles)"
    )
    op.drop_table(TABLE)
