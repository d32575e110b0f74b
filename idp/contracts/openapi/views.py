"""The document at /openapi.json, for programs of every origin, and at /docs to read."""

import json
from typing import Any, cast

from flask import Blueprint, Response, current_app, render_template

from idp.base.extensions import settings
from idp.contracts.openapi import document, members

bp = Blueprint("openapi", __name__)


@bp.get("/openapi.json")
def show_document() -> Response:
    """Publish the document. It holds no secret, so every origin may read it."""
    response = Response(json.dumps(_document()), mimetype="application/json")
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@bp.get("/docs")
def show_docs() -> str:
    """Show the document as a page, without scripts and without anything from elsewhere."""
    found = _document()
    nav = [(f"#{tag['name']}", tag["x-displayName"], False) for tag in found["tags"]]
    return render_template("contracts/docs.html", groups=members.group(found), nav=nav, issuer=settings().issuer)


def _document() -> dict[str, Any]:
    """Return the document, made once for each application."""
    made = current_app.extensions.get("idp.openapi")
    if made is None:
        made = current_app.extensions["idp.openapi"] = document.build(cast(Any, current_app), settings())
    return cast(dict[str, Any], made)
