"""What registering a client gives away: one with the scope `scim` makes and changes people and groups, one with `admin` administers. So
nobody lets it who may not do so themselves, nor gets hold of its secret."""

from flask_babel import gettext as _

from idp.accounts.authority.powers import needed_for
from idp.admin import guard
from idp.base.outcome import Reason, Refused
from idp.clients.metadata import Metadata


def is_beyond(scope: str) -> bool:
    """Return whether a client with these scopes may do what the administrator who asks may not."""
    return not all(guard.may(permission) for permission in needed_for(scope))


def check(metadata: Metadata, present: Metadata | None) -> Refused | None:
    """Refuse what a client is to be, or is now, where that is beyond the administrator who asks: CLIENT_INVALID, of `scope`."""
    if not is_beyond(f"{metadata.scope} {present.scope if present is not None else ''}"):
        return None
    detail = _("An app with the scope scim or admin does what you may not do yourself. Ask an administrator who may.")
    return Refused(Reason.CLIENT_INVALID, "scope", detail=detail)
