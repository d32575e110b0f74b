"""How the document's clients speak at the token endpoint: in its words beside those of RFC 6749."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask.blueprints import BlueprintSetupState

from idp.accounts import lookup
from idp.base.extensions import settings
from idp.contracts.provider.shapes import CONTRACT, bp, name_of
from idp.oauth import dialects

CODE = "authorization_code"


class Speech:
    """The dialect of clients that were made by `/clients/register`; see `idp.oauth.dialects.Dialect`."""

    name = CONTRACT.name
    default_scope = "openid profile email"

    def access_life(self) -> timedelta:
        """Return how long access tokens live."""
        return timedelta(minutes=settings().provider_access_minutes)

    def refresh_life(self) -> timedelta:
        """Return how long refresh tokens live."""
        return timedelta(days=settings().provider_refresh_days)

    def read(self, form: Mapping[str, str]) -> Mapping[str, str]:
        """Take the document's word for the code; the standard's own wins."""
        return {"code": form[CODE], **form} if CODE in form else form

    def write(self, answer: dict[str, Any], account_id: int, expires_at: int) -> dict[str, Any]:
        """Add that it is a success, of whom, and when the access token ends."""
        account = lookup.find(account_id)
        username = {"username": name_of(account)} if account is not None else {}
        return {"success": True, **answer, **username, "expiry": expires_at}

    def write_error(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Add that it is none."""
        return {"success": False, **answer}


@bp.record
def register(_state: BlueprintSetupState) -> None:
    """Let these clients be understood, where the document is served."""
    dialects.register(Speech())
