"""Consents of any length, numbers of initial access tokens that never come again, an audit log that cannot be truncated.

Revision: 0005
Follows: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision."""
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.alter_column("scope", existing_type=sa.String(length=1000), type_=sa.Text(), existing_nullable=False)

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            """
            CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON audit_events
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()
            """
        )
    else:
        _make_initial_access_tokens_anew(autoincrement=True)


def downgrade() -> None:
    """Undo the revision; a consent that has become longer than a thousand characters is forgotten, and will be asked for again."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_events_no_truncate ON audit_events")
    else:
        _make_initial_access_tokens_anew(autoincrement=False)

    op.execute("DELETE FROM consents WHERE length(scope) > 1000")
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.alter_column("scope", existing_type=sa.Text(), type_=sa.String(length=1000), existing_nullable=False)


def _make_initial_access_tokens_anew(*, autoincrement: bool) -> None:
    """Copy the table: SQLite says when a table is made, and never later, whether the number of a deleted row may come again."""
    kept = {"sqlite_autoincrement": autoincrement}
    with op.batch_alter_table("initial_access_tokens", schema=None, recreate="always", table_kwargs=kept):
        pass
