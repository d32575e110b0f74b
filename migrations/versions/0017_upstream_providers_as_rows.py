"""Upstream providers that administrators set up, their icons, and the groups that a provider names.

Revision: 0017
Follows: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    key = sa.String(length=64, collation="C" if is_postgresql else None)
    op.create_table(
        "upstream_providers",
        sa.Column("key", key, nullable=False),
        sa.Column("display_name", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("issuer", sa.String(length=2000), nullable=True),
        sa.Column("authorization_endpoint", sa.String(length=2000), nullable=True),
        sa.Column("token_endpoint", sa.String(length=2000), nullable=True),
        sa.Column("userinfo_endpoint", sa.String(length=2000), nullable=True),
        sa.Column("emails_endpoint", sa.String(length=2000), nullable=True),
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("sealed_client_secret", sa.LargeBinary(), nullable=True),
        sa.Column("token_endpoint_auth_method", sa.String(length=32), nullable=False),
        sa.Column("scope", sa.String(length=1000), nullable=False),
        sa.Column("use_pkce", sa.Boolean(), nullable=False),
        sa.Column("claims", sa.JSON(), nullable=False),
        sa.Column("trust_email", sa.Boolean(), nullable=False),
        sa.Column("who_may_link", sa.String(length=16), nullable=False),
        sa.Column("link_domains", sa.JSON(), nullable=False),
        sa.Column("create_accounts", sa.Boolean(), nullable=False),
        sa.Column("only_domains", sa.JSON(), nullable=False),
        sa.Column("icon", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_upstream_providers")),
    )
    op.create_index("ix_upstream_providers_position_key", "upstream_providers", ["position", "key"])
    op.create_table(
        "upstream_icons",
        sa.Column("key", key, nullable=False),
        sa.Column("media_type", sa.String(length=32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_upstream_icons")),
    )
    op.add_column("upstream_identities", sa.Column("groups", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Undo the revision."""
    op.drop_column("upstream_identities", "groups")
    op.drop_table("upstream_icons")
    op.drop_index("ix_upstream_providers_position_key", table_name="upstream_providers")
    op.drop_table("upstream_providers")
