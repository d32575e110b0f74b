"""Issuers of JWTs that administrators trust.

Revision: 0039
Follows: 0038
"""

import sqlalchemy as sa
from alembic import op

from idp.base.database import Instant

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "trusted_issuers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("issuer_name", sa.String(length=100), nullable=False),
        sa.Column("jwks_uri", sa.String(length=2000), nullable=True),
        sa.Column("jwks", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("audiences", sa.JSON(), nullable=False),
        sa.Column("grant_profiles", sa.JSON(), nullable=False),
        sa.Column("clients", sa.JSON(), nullable=False),
        sa.Column("scope", sa.String(length=1000), nullable=False),
        sa.Column("account_claim", sa.String(length=100), nullable=False),
        sa.Column("account_member", sa.String(length=16), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=True),
        sa.Column("email_domains", sa.JSON(), nullable=False),
        sa.Column("workloads", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trusted_issuers")),
        sa.UniqueConstraint("issuer", name=op.f("uq_trusted_issuers_issuer")),
    )


def downgrade() -> None:
    """Undo the revision."""
    op.drop_table("trusted_issuers")
