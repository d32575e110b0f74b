"""Liveness and readiness, for load balancers and containers."""

from http import HTTPStatus

from flask import Blueprint, Flask, Response, current_app, jsonify
from sqlalchemy import text

from idp.base import database, schema

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def show_health() -> Response:
    """Answer as long as the process serves."""
    return jsonify(status="ok")


@bp.get("/readyz")
def show_readiness() -> Response:
    """Answer 200 when the database answers and has every migration."""
    try:
        database.connection().execute(text("SELECT 1"))
        ready = current_app.extensions.get("idp.at_head") or schema.is_at_head(current_app)
        current_app.extensions["idp.at_head"] = ready  # it stays so: migrations only go up
    except Exception:  # whatever the database's driver raises, this node is not ready
        database.rollback()
        ready = False
    response = jsonify(status="ok" if ready else "unavailable")
    response.status_code = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    return response


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(bp)
