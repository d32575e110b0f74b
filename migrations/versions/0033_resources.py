"""APIs that tokens are for.

Revision: 0033
Follows: 0029
"""

import sqlalchemy as sa
from alembic import op

from idp.base.database import Instant

revision = "0033"
down_revision = "0029"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "resources",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("resource", sa.String(length=500), nullable=False),
        sa.Column("resource_name", sa.String(length=100), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("access_token_signing_alg", sa.String(length=16), nullable=False),
        sa.Column("access_token_format", sa.String(length=16), nullable=False),
        sa.Column("access_token_life", sa.Integer(), nullable=False),
        sa.Column("self_registration", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resources")),
        sa.UniqueConstraint("resource", name=op.f("uq_resources_resource")),
    )


def downgrade() -> None:
    """Undo the revision."""
    op.drop_table("resources")
