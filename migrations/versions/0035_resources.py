"""APIs that tokens are for, what was granted of them, and tokens that say nothing by themselves.

Revision: 0035
Follows: 0034
"""

import sqlalchemy as sa
from alembic import op

from idp.base.database import Instant

revision = "0035"
down_revision = "0034"
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
    op.add_column("grants", sa.Column("resources", sa.Text(), nullable=True))
    op.add_column("grants", sa.Column("authorization_details", sa.JSON(), nullable=True))
    op.add_column("clients", sa.Column("authorization_details_types", sa.JSON(), server_default="[]", nullable=False))
    op.create_table(
        "authorization_details_types",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("json_schema", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorization_details_types")),
        sa.UniqueConstraint("type", name=op.f("uq_authorization_details_types_type")),
    )
    op.create_table(
        "opaque_tokens",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("grant_id", NUMBER, nullable=True),
        sa.Column("claims", sa.JSON(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["grants.id"], name=op.f("fk_opaque_tokens_grant_id_grants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_opaque_tokens")),
    )
    op.create_index(op.f("ix_opaque_tokens_grant_id"), "opaque_tokens", ["grant_id"])
    op.create_index(op.f("ix_opaque_tokens_expires_at"), "opaque_tokens", ["expires_at"])


def downgrade() -> None:
    """Undo the revision."""
    op.drop_table("opaque_tokens")
    op.drop_table("authorization_details_types")
    with op.batch_alter_table("clients") as clients:
        clients.drop_column("authorization_details_types")
    with op.batch_alter_table("grants") as grants:
        grants.drop_column("authorization_details")
        grants.drop_column("resources")
    op.drop_table("resources")
