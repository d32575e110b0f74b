"""Tokens are exchanged for ones for an API, whose identifier is longer than a client's, and for assertions for other servers.

Revision: 0038
Follows: 0037
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

CLIENT, AUDIENCE = sa.String(length=255), sa.String(length=500)


def upgrade() -> None:
    """Apply the revision."""
    with op.batch_alter_table("exchange_rules", schema=None) as batch_op:
        batch_op.alter_column("audience", existing_type=CLIENT, type_=AUDIENCE, existing_nullable=False)
    op.create_table(
        "id_jag_rules",
        sa.Column("client_id", CLIENT, nullable=False),
        sa.Column("audience", AUDIENCE, nullable=False),
        sa.Column("audience_client_id", CLIENT, nullable=False),
        sa.Column("scope", sa.String(length=1000), nullable=False),
        sa.Column("resources", sa.Text(), nullable=False),
        sa.Column("is_restricted", sa.Boolean(), nullable=False),
        sa.Column("sso_client_id", CLIENT, nullable=False),
        sa.Column("tells_email", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "audience", name=op.f("pk_id_jag_rules")),
    )
    op.create_index(op.f("ix_id_jag_rules_sso_client_id"), "id_jag_rules", ["sso_client_id"])
    op.create_table(
        "id_jag_groups",
        sa.Column("client_id", CLIENT, nullable=False),
        sa.Column("audience", AUDIENCE, nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_id_jag_groups_group_id_groups"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("client_id", "audience", "group_id", name=op.f("pk_id_jag_groups")),
    )
    op.create_index(op.f("ix_id_jag_groups_group_id"), "id_jag_groups", ["group_id"])


def downgrade() -> None:
    """Undo the revision; rules for an API are forgotten, which nothing before knows of."""
    op.drop_table("id_jag_groups")
    op.drop_table("id_jag_rules")
    op.execute("DELETE FROM exchange_rules WHERE audience LIKE '%:%'")
    with op.batch_alter_table("exchange_rules", schema=None) as batch_op:
        batch_op.alter_column("audience", existing_type=AUDIENCE, type_=CLIENT, existing_nullable=False)
