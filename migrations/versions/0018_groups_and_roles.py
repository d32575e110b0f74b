"""Groups, roles, for whom a client is, and which claims it is told.

Revision: 0018
Follows: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

LONGEST_NAME, LONGEST_PATH, LONGEST_TEXT = 64, 520, 300
INSTANT = sa.DateTime(timezone=True)
NEW = ("client_groups", "group_roles", "role_holders", "role_words", "roles", "group_owners", "group_members")
NEW += ("group_words", "group_ancestors", "groups", "scope_mappings")


def upgrade() -> None:
    """Apply the revision."""
    collation = "C" if op.get_bind().dialect.name == "postgresql" else None
    _add_columns()
    op.create_table(
        "scope_mappings",
        sa.Column("scope", sa.String(200), nullable=False),
        sa.Column("claim_mappers", sa.JSON(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_scope_mappings")),
    )
    _create_groups(collation)
    _create_roles(collation)


def downgrade() -> None:
    """Undo the revision."""
    for table in NEW:
        op.drop_table(table)
    with op.batch_alter_table("clients") as clients:
        for column in ("claim_mappers", "access_note", "is_restricted"):
            clients.drop_column(column)


def _add_columns() -> None:
    op.add_column("clients", sa.Column("is_restricted", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("clients", sa.Column("access_note", sa.String(LONGEST_TEXT), server_default="", nullable=False))
    op.add_column("clients", sa.Column("claim_mappers", sa.JSON(), server_default="[]", nullable=False))


def _create_groups(collation: str | None) -> None:
    op.create_table(
        "groups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(LONGEST_NAME), nullable=False),
        sa.Column("path", sa.String(LONGEST_PATH), nullable=False),
        sa.Column("path_folded", sa.String(LONGEST_PATH, collation=collation), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(LONGEST_TEXT), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["groups.id"], name=op.f("fk_groups_parent_id_groups")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
        sa.UniqueConstraint("path_folded", name=op.f("uq_groups_path_folded")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_groups_parent_id"), "groups", ["parent_id"])
    op.create_table(
        "group_ancestors",
        _to("group_ancestors", "group_id", "groups"),
        _to("group_ancestors", "ancestor_id", "groups"),
        sa.Column("distance", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "ancestor_id", name=op.f("pk_group_ancestors")),
    )
    op.create_index("ix_group_ancestors_ancestor_id_group_id", "group_ancestors", ["ancestor_id", "group_id"])
    _create_words("group_words", "group_id", "groups", collation)
    _create_given("group_members", "group_id", "groups", "added_at")
    op.create_table(
        "group_owners",
        sa.Column("account_id", sa.Integer(), nullable=False),
        _to("group_owners", "group_id", "groups"),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "group_id", name=op.f("pk_group_owners")),
    )
    op.create_index("ix_group_owners_group_id_account_id", "group_owners", ["group_id", "account_id"])
    op.create_table(
        "client_groups",
        sa.Column("client_id", sa.String(255), nullable=False),
        _to("client_groups", "group_id", "groups"),
        sa.PrimaryKeyConstraint("client_id", "group_id", name=op.f("pk_client_groups")),
    )
    op.create_index(op.f("ix_client_groups_group_id"), "client_groups", ["group_id"])


def _create_roles(collation: str | None) -> None:
    op.create_table(
        "roles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.String(255), nullable=True),
        sa.Column("name", sa.String(LONGEST_NAME), nullable=False),
        sa.Column("name_folded", sa.String(LONGEST_NAME, collation=collation), nullable=False),
        sa.Column("description", sa.String(LONGEST_TEXT), nullable=False),
        sa.Column("default_from", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roles")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_roles_name_folded_client_id", "roles", ["name_folded", "client_id"])
    op.create_index("uq_roles_client_id_name_folded", "roles", ["client_id", "name_folded"], unique=True)
    _create_partial("uq_roles_of_server", "roles", "name_folded", "client_id IS NULL", unique=True)
    _create_partial("ix_roles_default", "roles", "default_from", "default_from IS NOT NULL")
    _create_words("role_words", "role_id", "roles", collation)
    _create_given("role_holders", "role_id", "roles", "given_at")
    op.create_table(
        "group_roles",
        _to("group_roles", "group_id", "groups"),
        _to("group_roles", "role_id", "roles"),
        sa.Column("given_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("group_id", "role_id", name=op.f("pk_group_roles")),
    )
    op.create_index("ix_group_roles_role_id_group_id", "group_roles", ["role_id", "group_id"])
    _create_partial("ix_group_roles_ending", "group_roles", "ends_at", "ends_at IS NOT NULL")


def _create_words(table: str, column: str, parent: str, collation: str | None) -> None:
    op.create_table(
        table,
        _to(table, column, parent),
        sa.Column("word", sa.String(LONGEST_NAME, collation=collation), nullable=False),
        sa.PrimaryKeyConstraint(column, "word", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_word_{column}", table, ["word", column])


def _create_given(table: str, column: str, parent: str, since: str) -> None:
    """Create the table of what people have until some day."""
    op.create_table(
        table,
        sa.Column("account_id", sa.Integer(), nullable=False),
        _to(table, column, parent),
        sa.Column(since, INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("account_id", column, name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_{column}_account_id", table, [column, "account_id"])
    _create_partial(f"ix_{table}_ending", table, "ends_at", "ends_at IS NOT NULL")


def _create_partial(name: str, table: str, column: str, condition: str, *, unique: bool = False) -> None:
    which = sa.text(condition)
    op.create_index(name, table, [column], unique=unique, postgresql_where=which, sqlite_where=which)


def _to(table: str, column: str, parent: str) -> sa.Column[int]:
    """Return a column that ends with the row which it names."""
    key = sa.ForeignKey(f"{parent}.id", name=op.f(f"fk_{table}_{column}_{parent}"), ondelete="CASCADE")
    return sa.Column(column, sa.Integer(), key, nullable=False)
