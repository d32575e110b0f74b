"""Gatehouse, a server-rendered identity provider. `create_app` reads as the list of what the house does.

Nothing is imported before it is needed: every module of the package imports this one first, and `idp --help` needs none of the house.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from flask import Flask

    from idp.config import Settings

__version__ = "0.1.0"


# A later one may add to what an earlier one offers.
ROOMS = (
    *("accounts", "groups", "roles", "invitations", "factors", "signin", "oauth", "pushing", "federation", "importing"),
    *("applying", "tallies", "signals", "fedcm", "me", "admin", "health", "api", "scim", "contracts"),
)


def create_app(settings: "Settings | None" = None) -> "Flask":
    """Return the WSGI application. The database must be at head (`idp migrate`); `idp serve` sees to it."""
    from idp import mail, outbox
    from idp.base import http, letters, pages, rules, static
    from idp.base.door import frame as door

    app = create_core(settings)
    app.url_rule_class = rules.LateRule
    with app.app_context():
        pages.init_app(app)
        letters.init_app(app)
        door.init_app(app)
        http.init_app(app)
    static.init_app(app)
    outbox.register(mail.MAIL, mail.send)
    outbox.register(mail.NOBODY, mail.discard)
    for room in _rooms():
        room.init_app(app)
    return app


def _rooms() -> "tuple[ModuleType, ...]":
    """Return the rooms in the order in which they are opened."""
    from importlib import import_module

    return tuple(import_module(f"idp.{name}") for name in ROOMS)


def create_core(settings: "Settings | None" = None) -> "Flask":
    """Return the application without its rooms, pages and doors: for a command of which no room has to hear, and which writes no mail."""
    from flask import Flask

    from idp.base import database, extensions
    from idp.config import Settings

    values = settings or Settings()
    app = Flask(__name__, template_folder=str(database.ROOT / "templates"), static_folder=None)
    extensions.init_app(app, values)
    database.init_app(app, values)
    return app
