"""The style sheet of an accent colour, at an address of the colour: the same for everybody, so that browsers keep it, and no page needs a
style in its text.
"""

from http import HTTPStatus

from flask import Blueprint, Response, abort

from idp.base import accents
from idp.base.http import limited

bp = Blueprint("accents", __name__)


def url_of(colour: str | None) -> str | None:
    """Return the address of a colour's sheet; None for a page that keeps the house's own."""
    return f"/accent/{colour.removeprefix('#')}.css" if colour else None


@bp.get("/accent/<digits>.css")
@limited("600 per minute", methods=("GET", "HEAD"))
def show_sheet(digits: str) -> Response:
    """Show the sheet of a colour that text can have; of any other there is none."""
    colour = f"#{digits}"
    if accents.COLOUR.fullmatch(colour) is None or not accents.is_legible(colour):
        abort(HTTPStatus.NOT_FOUND)
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(accents.sheet(colour), mimetype="text/css", headers=headers)
