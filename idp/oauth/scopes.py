"""Scopes: which are understood, and each in plain words, for the consent page and the list of apps."""

import re
from collections.abc import Iterable

from flask_babel import gettext as _

from idp.clients.metadata import RESERVED_SCOPES, SCOPES
from idp.clients.registered import RegisteredClient
from idp.oauth.claims_request import PREFIX
from idp.resources import known as resources

UNFIT = re.compile(r"[^\x21\x23-\x5B\x5D-\x7E ]")  # RFC 6749, section 5.2: what an error_description may hold
LONGEST_LIST = 300  # characters
DETAILS = "details:"  # how what was asked for in detail (RFC 9396) stands among them, by its digest
RESOURCE = "resource:"  # how an API stands among the scopes that somebody has allowed


def is_understood(scope: str, client: RegisteredClient) -> bool:
    """Return whether a scope is one of the server's, or one that the client has registered.

    Any other is ignored wherever it is asked for (OpenID Connect Core, section 3.1.2.1; RFC 6749, section 3.3).
    """
    return scope in SCOPES or scope in RESERVED_SCOPES or scope in client.scopes


def listed(scopes: Iterable[str]) -> str:
    """Return scopes as an error description or the audit log names them: printable ASCII, and not without end."""
    return UNFIT.sub("?", " ".join(scopes))[:LONGEST_LIST]


def describe(scopes: Iterable[str]) -> list[tuple[str, str | None]]:
    """Return a title and a detail for each scope; one that this server gives no meaning shows its own name."""
    known: dict[str, tuple[str, str | None]] = {
        "openid": (_("Know who you are"), _("A number that stands for your account here, and nothing else.")),
        "profile": (
            _("See your profile"),
            _("Your name, username and picture, and what else you say there about yourself."),
        ),
        "email": (_("See your e-mail address"), _("And whether it is confirmed.")),
        "address": (_("See your postal address"), None),
        "phone": (_("See your phone number"), None),
        "groups": (_("See your groups"), _("The groups of this organisation that you belong to.")),
        "roles": (_("See your roles"), _("What this organisation says that you may do there.")),
        "scim": (
            _("Manage people and groups"),
            _("Where you may do so: make, change, disable and erase accounts and groups."),
        ),
        "scim.vouch": (_("Say whose e-mail addresses are confirmed"), None),
        "admin": (_("Administer this server"), _("As far as you may do so yourself: people, groups, apps, policies.")),
        "admin.read": (_("See what administrators see"), _("As far as you may see it yourself.")),
        "offline_access": (_("Stay connected"), _("Keep this access also while you are away.")),
    }
    known |= {f"{PREFIX}{name}": (title, None) for name, title in _single_claims().items()}
    return [
        known.get(scope) or _of_resource(scope) or (scope, None) for scope in scopes if not scope.startswith(DETAILS)
    ]


def _of_resource(scope: str) -> tuple[str, str | None] | None:
    """Return the words of a scope that belongs to an API, which is named with them."""
    if scope.startswith(RESOURCE):
        identifier = scope.removeprefix(RESOURCE)
        found = resources.find(identifier)
        return _("Use %(name)s in your name", name=found.resource_name if found is not None else identifier), identifier
    owner, words = resources.of_scope(scope), resources.describe(scope)
    if owner is None or words is None:
        return None
    at = _("At %(name)s.", name=owner.resource_name)
    return words.title, f"{words.about} {at}" if words.about else at


def _single_claims() -> dict[str, str]:
    """Return what is told by each claim that a client may ask for by its name."""
    return {
        "name": _("See your full name"),
        "given_name": _("See your given name"),
        "family_name": _("See your family name"),
        "middle_name": _("See your middle name"),
        "nickname": _("See your nickname"),
        "preferred_username": _("See your username"),
        "profile": _("See the address of your profile page"),
        "picture": _("See your picture"),
        "website": _("See the address of your website"),
        "gender": _("See your gender"),
        "birthdate": _("See your date of birth"),
        "zoneinfo": _("See your time zone"),
        "locale": _("See your language"),
        "updated_at": _("See when your profile was changed last"),
        "email": _("See your e-mail address"),
        "email_verified": _("See whether your e-mail address is confirmed"),
        "address": _("See your postal address"),
        "phone_number": _("See your phone number"),
        "phone_number_verified": _("See whether your phone number is confirmed"),
        "groups": _("See your groups"),
        "roles": _("See your roles"),
    }
