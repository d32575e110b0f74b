"""The origins of public clients are looked up, and one person's newest events are read in their order.

Revision: 0013
Follows: 0012
"""

from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

LONGEST_ORIGIN, BATCH = 300, 1000
PORTS = {"https": 443, "http": 80}

clients = sa.table(
    "clients", sa.column("client_id"), sa.column("token_endpoint_auth_method"), sa.column("redirect_uris", sa.JSON)
)
client_origins = sa.table("client_origins", sa.column("client_id"), sa.column("origin"))


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "client_origins",
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("origin", sa.String(length=LONGEST_ORIGIN), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "origin", name=op.f("pk_client_origins")),
    )
    _write_origins()
    op.create_index("ix_client_origins_origin_client_id", "client_origins", ["origin", "client_id"])
    op.create_index("ix_audit_events_subject_id", "audit_events", ["subject", "id"])
    op.drop_index("ix_audit_events_subject", table_name="audit_events")


def downgrade() -> None:
    """Undo the revision."""
    op.create_index("ix_audit_events_subject", "audit_events", ["subject"])
    op.drop_index("ix_audit_events_subject_id", table_name="audit_events")
    op.drop_table("client_origins")


def _write_origins() -> None:
    connection, last = op.get_bind(), ""
    while True:
        query = sa.select(clients.c.client_id, clients.c.redirect_uris).where(clients.c.client_id > last)
        query = query.where(clients.c.token_endpoint_auth_method == "none").order_by(clients.c.client_id)
        rows = connection.execute(query.limit(BATCH)).all()
        if not rows:
            return
        found = [
            {"client_id": row.client_id, "origin": origin}
            for row in rows
            for origin in sorted(_origins(row.redirect_uris))
        ]
        if found:
            connection.execute(sa.insert(client_origins), found)
        last = rows[-1].client_id


def _origins(uris: list[str]) -> set[str]:
    found = {_origin(uri) for uri in uris}
    return {origin for origin in found if origin is not None and len(origin) <= LONGEST_ORIGIN}


def _origin(uri: str) -> str | None:
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in PORTS or host is None:
        return None
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, PORTS[parts.scheme]) else "")
