"""Invitations to addresses, and the groups that they lead into; terms of service, and who accepted them.

Revision: 0020
Follows: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
OPEN = "accepted_at IS NULL AND revoked_at IS NULL"


def upgrade() -> None:
    """Apply the revision."""
    collation = "C" if op.get_bind().dialect.name == "postgresql" else None
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(320, collation=collation), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(32), nullable=True),
        sa.Column("invited_by", sa.String(64), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("accepted_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("had_account", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_invitations_token_digest")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_invitations_account_id"), "invitations", ["account_id"])
    op.create_index("ix_invitations_email_id", "invitations", ["email", "id"])
    _create_partial("uq_invitations_open", "email", OPEN, unique=True)
    _create_partial("ix_invitations_waiting", "id", OPEN)
    _create_partial("ix_invitations_accepted", "id", "accepted_at IS NOT NULL")
    _create_partial("ix_invitations_revoked", "id", "revoked_at IS NOT NULL")
    _create_partial("ix_invitations_over", "expires_at", "accepted_at IS NULL")
    op.create_table(
        "invitation_groups",
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["invitations.id"],
            name=op.f("fk_invitation_groups_invitation_id_invitations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_invitation_groups_group_id_groups"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("invitation_id", "group_id", name=op.f("pk_invitation_groups")),
    )
    op.create_index(op.f("ix_invitation_groups_group_id"), "invitation_groups", ["group_id"])
    _create_terms()


def downgrade() -> None:
    """Undo the revision."""
    op.drop_column("accounts", "terms_version")
    op.drop_table("terms_acceptances")
    op.drop_table("terms_versions")
    op.drop_table("invitation_groups")
    op.drop_table("invitations")


def _create_terms() -> None:
    op.create_table(
        "terms_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("summary", sa.String(1000), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("published_at", INSTANT, nullable=False),
        sa.Column("published_by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms_versions")),
        sa.UniqueConstraint("name", name=op.f("uq_terms_versions_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "terms_acceptances",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("accepted_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["terms_versions.id"], name=op.f("fk_terms_acceptances_version_id_terms_versions")
        ),
        sa.PrimaryKeyConstraint("account_id", "version_id", name=op.f("pk_terms_acceptances")),
    )
    op.create_index("ix_terms_acceptances_version_id_account_id", "terms_acceptances", ["version_id", "account_id"])
    op.add_column("accounts", sa.Column("terms_version", sa.Integer(), nullable=True))


def _create_partial(name: str, column: str, condition: str, *, unique: bool = False) -> None:
    which = sa.text(condition)
    op.create_index(name, "invitations", [column], unique=unique, postgresql_where=which, sqlite_where=which)
