"""For which request each factor was shown, and indexes by which the audit log is searched.

Revision: 0007
Follows: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Each search is for one value, perhaps of one outcome, the newest first.
INDEXES = {
    "ix_audit_events_event_outcome_id": ("event", "outcome", "id"),
    "ix_audit_events_outcome_id": ("outcome", "id"),
    "ix_audit_events_subject_outcome_id": ("subject", "outcome", "id"),
    "ix_audit_events_actor_outcome_id": ("actor", "outcome", "id"),
    "ix_audit_events_client_id_outcome_id": ("client_id", "outcome", "id"),
    "ix_audit_events_source_outcome_id": ("source", "outcome", "id"),
}


def upgrade() -> None:
    """Apply the revision."""
    with op.batch_alter_table("browser_sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("first_for", sa.LargeBinary(length=32), nullable=True))
        batch_op.add_column(sa.Column("second_for", sa.LargeBinary(length=32), nullable=True))

    # Not as a batch: SQLite would copy the table, and lose the triggers that keep the log from being changed.
    for name, columns in INDEXES.items():
        op.create_index(name, "audit_events", list(columns))


def downgrade() -> None:
    """Undo the revision."""
    for name in INDEXES:
        op.drop_index(name, "audit_events")

    with op.batch_alter_table("browser_sessions", schema=None) as batch_op:
        batch_op.drop_column("second_for")
        batch_op.drop_column("first_for")
