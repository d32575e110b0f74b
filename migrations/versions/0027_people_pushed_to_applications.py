"""Applications that people and groups are brought to, and what each has of them.

Revision: 0027
Follows: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply the revision."""
    key = op.f("fk_scim_targets_group_id_groups")
    op.create_table(
        "scim_targets",
        sa.Column("client_id", sa.String(255), nullable=False),
        sa.Column("base_url", sa.String(2000), nullable=False),
        sa.Column("sealed_token", sa.LargeBinary(), nullable=False),
        sa.Column("is_for_group", sa.Boolean(), nullable=False),
        sa.Column("group_id", sa.Integer(), sa.ForeignKey("groups.id", name=key, ondelete="SET NULL"), nullable=True),
        sa.Column("pushes_groups", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("paused_at", INSTANT, nullable=True),
        sa.Column("reached", sa.BigInteger(), nullable=False),
        sa.Column("scan_from", sa.Integer(), nullable=True),
        sa.Column("scanned_at", INSTANT, nullable=True),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("claim", sa.String(22), nullable=True),
        sa.Column("claimed_until", INSTANT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(300), nullable=True),
        sa.Column("delivered_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_scim_targets")),
    )
    op.create_index(op.f("ix_scim_targets_group_id"), "scim_targets", ["group_id"])
    for table, owner in (("scim_pushed_people", "account_id"), ("scim_pushed_groups", "group_id")):
        _create_copies(table, owner)
    op.create_table(
        "scim_removals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        _client("scim_removals"),
        sa.Column("remote_id", sa.String(255), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(300), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scim_removals")),
    )
    op.create_index("ix_scim_removals_client_id_due_at", "scim_removals", ["client_id", "due_at"])


def _create_copies(table: str, owner: str) -> None:
    op.create_table(
        table,
        _client(table),
        sa.Column(owner, sa.Integer(), nullable=False),
        sa.Column("remote_id", sa.String(255), nullable=True),
        sa.Column("digest", sa.LargeBinary(32), nullable=True),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(300), nullable=True),
        sa.Column("pushed_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("client_id", owner, name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_{owner}"), table, [owner])
    op.create_index(f"ix_{table}_remote", table, ["client_id", "remote_id"])
    for name, column, which in (
        ("due", "due_at", "due_at IS NOT NULL"),
        ("failed", "pushed_at", "last_error IS NOT NULL"),
    ):
        where = sa.text(which)
        op.create_index(f"ix_{table}_{name}", table, ["client_id", column], postgresql_where=where, sqlite_where=where)


def _client(table: str) -> sa.Column[str]:
    key = sa.ForeignKey("scim_targets.client_id", name=op.f(f"fk_{table}_client_id_scim_targets"), ondelete="CASCADE")
    return sa.Column("client_id", sa.String(255), key, nullable=False)


def downgrade() -> None:
    """Undo the revision."""
    for table in ("scim_removals", "scim_pushed_groups", "scim_pushed_people", "scim_targets"):
        op.drop_table(table)
