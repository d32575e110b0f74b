"""Attributes of people as data, and what an account has in them.

Revision: 0023
Follows: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "attributes",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("about", sa.String(length=300), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("minimum", sa.String(length=32), nullable=False),
        sa.Column("maximum", sa.String(length=32), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("seen_by", sa.String(length=16), nullable=False),
        sa.Column("edited_by", sa.String(length=16), nullable=False),
        sa.Column("at_sign_up", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("swept_to", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_attributes")),
    )
    op.add_column("accounts", sa.Column("attributes", sa.JSON(), nullable=True))
    has_some = sa.text("attributes IS NOT NULL")
    op.create_index("ix_accounts_attributes", "accounts", ["id"], postgresql_where=has_some, sqlite_where=has_some)


def downgrade() -> None:
    """Undo the revision."""
    op.drop_index("ix_accounts_attributes", "accounts")
    op.drop_column("accounts", "attributes")
    op.drop_table("attributes")
