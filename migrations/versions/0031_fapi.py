"""Profiles, certificates and signed answers of clients.

Revision: 0031
Follows: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

TEXTS = {
    "authorization_signed_response_alg": 16,
    "introspection_signed_response_alg": 16,
    "tls_client_auth_subject_dn": 500,
    "tls_client_auth_san_dns": 500,
    "tls_client_auth_san_uri": 500,
    "tls_client_auth_san_ip": 500,
    "tls_client_auth_san_email": 500,
    "profile": 32,
}
SWITCHES = ("require_signed_request_object", "tls_client_certificate_bound_access_tokens")


def upgrade() -> None:
    """Apply the revision."""
    for name, length in TEXTS.items():
        op.add_column("clients", sa.Column(name, sa.String(length=length), nullable=True))
    for name in SWITCHES:
        op.add_column("clients", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Undo the revision."""
    with op.batch_alter_table("clients") as clients:
        for name in (*reversed(SWITCHES), *reversed(TEXTS)):
            clients.drop_column(name)
