"""Paths of this server: which may be redirected to or linked, and on which page a form stands."""

from flask import current_app


def is_local_path(target: str | None) -> bool:
    """Return whether `target` is a path on this server, safe to redirect to."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return False
    return not any(ord(character) < 0x21 or character == "\\" or ord(character) == 0x7F for character in target)


def form_page(path: str) -> str:
    """Return the page that a form stands on: its own address, or the nearest one above that can be shown."""
    routes = current_app.url_map.bind("")
    while path.strip("/") and not routes.test(path, "GET"):
        path = path.rstrip("/").rpartition("/")[0]
    return path or "/"
