"""How the document's clients speak at the token endpoint: in its words beside those of RFC 6749."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from flask.blueprints import BlueprintSetupState
from pydantic import BaseModel

from idp.accounts.lookup import Person
from idp.base.extensions import settings
from idp.contracts.kit import Body, Demand, Operation, described
from idp.contracts.provider.shapes import CONTRACT, bp, name_of
from idp.oauth import dialects

CODE = "authorization_code"


class TokenRequest(Body):
    """A code or a refresh token to be redeemed; `code` is the standard's name for `authorization_code`."""

    grant_type: Literal["authorization_code", "refresh_token"]
    authorization_code: str | None = None
    code: str | None = None
    code_verifier: str | None = None
    redirect_uri: str | None = None
    refresh_token: str | None = None
    scope: str | None = None


class TokenAnswer(BaseModel):
    """The tokens; `expiry` (Unix seconds) is when the access token ends. A refresh answer has no refresh token: the old one stays."""

    success: Literal[True]
    access_token: str
    refresh_token: str | None = None
    id_token: str | None = None
    token_type: Literal["Bearer"]
    expires_in: int
    scope: str
    username: str
    expiry: int


class TokenErrorAnswer(BaseModel):
    """A failure as in RFC 6749, section 5.2; `success` only where the request names a client of this interface."""

    success: Literal[False] | None = None
    error: str
    error_description: str | None = None


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

    def write(self, answer: dict[str, Any], person: Person, expires_at: int) -> dict[str, Any]:
        """Add that it is a success, of whom, and when the access token ends."""
        return {"success": True, **answer, "username": name_of(person), "expiry": expires_at}

    def write_error(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Add that it is none."""
        return {"success": False, **answer}


described["oauth.token"] = Operation(
    CONTRACT,
    ("/oauth/token",),
    "POST",
    "Get tokens for a code, or an access token for a refresh token",
    {200: TokenAnswer, **dict.fromkeys((400, 401, 429), TokenErrorAnswer), **dict.fromkeys((413, 500, 503))},
    Demand.GRANT,
    body=TokenRequest,
    body_media_type="application/x-www-form-urlencoded",
    security="basic",
)


@bp.record
def register(_state: BlueprintSetupState) -> None:
    """Let these clients be understood, where the document is served."""
    dialects.register(Speech())
