"""What registering a client gives away: one with the scope `scim` makes and changes people and groups, so nobody lets it who may not do so
themselves, nor gets hold of its secret."""

from flask_babel import gettext as _

from idp.admin import guard
from idp.base.outcome import Reason, Refused
from idp.clients.metadata import PROVISIONING_SCOPE, VOUCHING_SCOPE, Metadata

NEEDED = ("people.write", "groups.write")


def is_beyond(scope: str) -> bool:
    """Return whether a client with these scopes may do what the administrator who asks may not."""
    is_provisioning = {PROVISIONING_SCOPE, VOUCHING_SCOPE} & set(scope.split())
    return bool(is_provisioning) and not all(guard.may(permission) for permission in NEEDED)


def check(metadata: Metadata, present: Metadata | None) -> Refused | None:
    """Refuse what a client is to be, or is now, where that is beyond the administrator who asks: CLIENT_INVALID, of `scope`."""
    if not is_beyond(f"{metadata.scope} {present.scope if present is not None else ''}"):
        return None
    detail = _("An app with the scope scim changes people and groups. Ask an administrator who may do that, too.")
    return Refused(Reason.CLIENT_INVALID, "scope", detail=detail)
