"""Alembic's environment: runs on the connection that `idp migrate` hands over, or on the Flask application's engine."""

from alembic import context
from flask import current_app

# Every table must be known before autogenerate compares.
import idp.accounts.models
import idp.audit
import idp.clients.models
import idp.factors.models
import idp.federation.models
import idp.keys
import idp.oauth.models
import idp.outbox
import idp.replay
import idp.sessions
import idp.signin.models
import idp.throttle  # noqa: F401
from idp.base.database import Instant, Model


def render_item(kind, value, _context):
    """Write instants as plain SQLAlchemy types, so that a revision never imports the application."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(value, Instant) else False


def run(connection) -> None:
    """Run the migrations in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    run(handed_over)
else:
    with current_app.extensions["migrate"].db.engine.connect() as own_connection:
        run(own_connection)
        own_connection.commit()
