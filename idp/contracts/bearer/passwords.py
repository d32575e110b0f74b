"""Document 1's passwords: asking for a reset, finishing it by the mailed link's secret, and changing one's own."""

from http import HTTPStatus

from idp.accounts import recovery
from idp.base.http import source
from idp.base.outcome import Refused
from idp.contracts.bearer.shapes import (
    REQUIRED,
    ErrorAnswer,
    MessageAnswer,
    accounts,
    compare_passwords,
    find_bearer,
    invalid,
    tell,
)
from idp.contracts.kit import Answer, Body, Demand, Problem
from idp.oauth import direct
from idp.oauth.direct import Bearer

CHANGE_PATHS = ("/auth/password/change/", "/users/me/password/")


class ResetRequest(Body):
    """Whose password: an address, or a username."""

    email: str | None = None
    username: str | None = None


class ResetConfirmation(Body):
    """The mailed link's secret and the new password, perhaps twice."""

    token: str
    new_password: str
    new_password_confirm: str | None = None


class PasswordChange(Body):
    """The present password and the new one, perhaps twice."""

    old_password: str
    new_password: str
    new_password_confirm: str | None = None


@accounts.route(
    "POST",
    "/auth/password/reset/",
    "/auth/password/reset/request/",
    summary="Ask for a password reset",
    answers={202: MessageAnswer},
    demand=Demand.NOTHING,
    limits=("10 per minute", "60 per hour"),
    body=ResetRequest,
    failures=(400,),
)
def request_reset(body: ResetRequest) -> Answer | Problem:
    """Send a link, if there is such an account; the answer is always the same."""
    email, username = (body.email or "").strip(), (body.username or "").strip()
    if "@" in username and not email:
        email = username
    if not email and not username:
        return invalid({"email": [REQUIRED]})
    if email:
        asked = recovery.request(email, source=source())
        if isinstance(asked, Refused):
            return tell(asked, {})
    else:
        recovery.request_by_name(username, source=source())
    return Answer({"message": "Password reset email sent if user exists."}, HTTPStatus.ACCEPTED)


@accounts.route(
    "POST",
    "/auth/password/reset/confirm/",
    "/auth/password/reset/verify/",
    summary="Set a new password by a mailed link's secret",
    answers={200: MessageAnswer, 401: ErrorAnswer},
    demand=Demand.NOTHING,
    limits=("20 per minute",),
    body=ResetConfirmation,
    failures=(400, 401),
)
def confirm_reset(body: ResetConfirmation) -> Answer | Problem:
    """Set a new password; every session and token ends."""
    problem = compare_passwords(body.new_password, body.new_password_confirm)
    if problem is not None:
        return problem
    account = recovery.finish(body.token, body.new_password, source=source())
    if isinstance(account, Refused):
        return tell(account, {"password": "new_password"})
    return Answer({"message": "Password reset successful."})


@accounts.route(
    "POST",
    *CHANGE_PATHS,
    summary="Change one's own password",
    answers={200: MessageAnswer, 401: ErrorAnswer},
    demand=Demand.FRESH,
    limits=("20 per minute",),
    body=PasswordChange,
    security="bearer",
    admit=find_bearer,
    failures=(400, 401),
)
def change_password(bearer: Bearer, body: PasswordChange) -> Answer | Problem:
    """Change the password; the caller's session stays, every other one ends, and so do all refresh tokens."""
    return _change(bearer, body)


@accounts.route(
    "PATCH",
    *CHANGE_PATHS,
    summary="Change one's own password",
    answers={200: MessageAnswer, 401: ErrorAnswer},
    demand=Demand.FRESH,
    limits=("20 per minute",),
    body=PasswordChange,
    security="bearer",
    admit=find_bearer,
    failures=(400, 401),
)
def patch_password(bearer: Bearer, body: PasswordChange) -> Answer | Problem:
    """Change the password, as the POST does."""
    return _change(bearer, body)


def _change(bearer: Bearer, body: PasswordChange) -> Answer | Problem:
    problem = compare_passwords(body.new_password, body.new_password_confirm)
    if problem is not None:
        return problem
    refused = direct.change_password(bearer, body.old_password, body.new_password, source=source())
    if refused is not None:
        return tell(refused, {"current_password": "old_password"})
    return Answer({"message": "Password changed successfully."})
