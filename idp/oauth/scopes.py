"""Scopes in plain words, for the consent page and the list of apps."""

from collections.abc import Iterable

from flask_babel import gettext as _


def describe(scopes: Iterable[str]) -> list[tuple[str, str | None]]:
    """Return a title and a detail for each scope; one that this server gives no meaning shows its own name."""
    known: dict[str, tuple[str, str | None]] = {
        "openid": (_("Know who you are"), _("A number that stands for your account here, and nothing else.")),
        "profile": (_("See your profile"), _("Your name, username and picture.")),
        "email": (_("See your e-mail address"), _("And whether it is confirmed.")),
        "offline_access": (_("Stay connected"), _("Keep this access also while you are away.")),
    }
    return [known.get(scope, (scope, None)) for scope in scopes]
