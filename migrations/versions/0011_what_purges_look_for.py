"""Enrolments that nobody finished and secrets that have ended are found by an index, however much there is beside them.

Revision: 0011
Follows: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ENROLMENTS, SECRETS = "ix_authenticators_confirmed_at_created_at", "ix_clients_former_secret_until"


def upgrade() -> None:
    """Apply the revision."""
    op.create_index(ENROLMENTS, "authenticators", ["confirmed_at", "created_at"])
    op.create_index(SECRETS, "clients", ["former_secret_until"])


def downgrade() -> None:
    """Undo the revision."""
    op.drop_index(SECRETS, "clients")
    op.drop_index(ENROLMENTS, "authenticators")
