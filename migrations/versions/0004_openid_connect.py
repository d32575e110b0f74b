"""Members of clients, single claims, standard claims of people, initial access tokens, ages of keys.

Revision: 0004
Follows: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CLIENT_COLUMNS = (
    ("sealed_client_secret", sa.LargeBinary(), None),
    ("registration_token_digest", sa.LargeBinary(length=32), None),
    ("response_types", sa.JSON(), "[]"),
    ("userinfo_signed_response_alg", sa.String(length=16), None),
    ("request_object_signing_alg", sa.String(length=16), None),
    ("token_endpoint_auth_signing_alg", sa.String(length=16), None),
    ("application_type", sa.String(length=16), "web"),
    ("subject_type", sa.String(length=16), "public"),
    ("sector_identifier_uri", sa.String(length=2000), None),
    ("default_max_age", sa.Integer(), None),
    ("require_auth_time", sa.Boolean(), sa.false()),
    ("default_acr_values", sa.JSON(), "[]"),
    ("initiate_login_uri", sa.String(length=2000), None),
    ("request_uris", sa.JSON(), "[]"),
    ("backchannel_logout_uri", sa.String(length=2000), None),
    ("backchannel_logout_session_required", sa.Boolean(), sa.false()),
    ("software_id", sa.String(length=255), None),
    ("software_version", sa.String(length=255), None),
    ("jwks_uri", sa.String(length=2000), None),
)


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "initial_access_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initial_access_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_initial_access_tokens_digest")),
    )
    with op.batch_alter_table("initial_access_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_initial_access_tokens_expires_at"), ["expires_at"], unique=False)

    with op.batch_alter_table("clients", schema=None) as batch_op:
        for name, kind, default in CLIENT_COLUMNS:
            batch_op.add_column(sa.Column(name, kind, server_default=default, nullable=default is None))

    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("claims", sa.JSON(), nullable=True))

    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("details", sa.JSON(), server_default="{}", nullable=False))

    with op.batch_alter_table("signing_keys", schema=None) as batch_op:
        batch_op.add_column(sa.Column("promoted_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Undo the revision."""
    with op.batch_alter_table("signing_keys", schema=None) as batch_op:
        batch_op.drop_column("promoted_at")

    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_column("details")

    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.drop_column("claims")

    with op.batch_alter_table("clients", schema=None) as batch_op:
        for name, _kind, _default in reversed(CLIENT_COLUMNS):
            batch_op.drop_column(name)

    with op.batch_alter_table("initial_access_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_initial_access_tokens_expires_at"))

    op.drop_table("initial_access_tokens")
