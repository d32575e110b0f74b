"""Pages that are rendered once: what is the same for everybody is kept, and what is a request's own is put into its places.

A page is drawn with marks instead of a request's own values, and taken to pieces at the marks. They are letters and digits, which no
quoting or escaping changes, and nobody can guess them, so that nothing that somebody sent can be taken for one.
"""

import re
import secrets
from collections.abc import Callable, Hashable, Mapping

from flask import current_app

from idp.base.extensions import language
from idp.base.seals import CSRF, csrf_token

MOST = 256  # pages, of a few kilobytes each; with one more all are forgotten

# Text, the name of a value, text, the name of a value, ..., text.
Pieces = list[str]


def render(key: Hashable, own: Mapping[str, str], draw: Callable[[Mapping[str, str]], str]) -> str:
    """Return a page with a request's own values, each written as its place wants it, and the CSRF token of the browser.

    `draw` renders the page with marks in the place of the values, by their names and `csrf_token`. It is called once for each `key`,
    which names everything but the language on which the page depends besides.

    Raises:
        RuntimeError: `draw` has put the token itself into the page, which everybody would get.
    """
    pages: dict[Hashable, Pieces] = current_app.extensions.setdefault("idp.once", {})
    values = {**own, CSRF: csrf_token()}
    place = (key, language(), tuple(values))
    pieces = pages.get(place)
    if pieces is None:
        marks = {name: secrets.token_hex(16) for name in values}
        page = draw(marks)
        if values[CSRF] in page:
            raise RuntimeError("a page that is kept holds the token of a request")
        pieces = _take_to_pieces(page, marks)
        if len(pages) >= MOST:
            pages.clear()
        pages[place] = pieces
    filled = pieces.copy()
    filled[1::2] = [values[name] for name in pieces[1::2]]
    return "".join(filled)


def _take_to_pieces(page: str, marks: Mapping[str, str]) -> Pieces:
    names = {mark: name for name, mark in marks.items()}
    pieces = re.split(f"({'|'.join(names)})", page)
    pieces[1::2] = [names[mark] for mark in pieces[1::2]]
    return pieces
