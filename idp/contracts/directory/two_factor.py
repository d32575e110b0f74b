"""Document 5's second factor: enrolling an authenticator app, its first code or that of a sign-in, and turning it off."""

from http import HTTPStatus
from typing import assert_never

from flask import Response
from flask_babel import gettext as _
from pydantic import BaseModel

from idp.base.http import source
from idp.base.outcome import Refused
from idp.contracts.directory.shapes import CLIENT_ID, ErrorAnswer, adapter, caller, find_bearer, refuse
from idp.contracts.kit import Answer, Body, Demand, Problem, read_token
from idp.factors import service, totp
from idp.oauth import direct
from idp.oauth.direct import Bearer
from idp.signin import doors, login

BAD = HTTPStatus.BAD_REQUEST
LIMITS = ("20 per minute",)


class Code(Body):
    """A code of an authenticator app, or a recovery code."""

    code: str


class Enrolment(Body):
    """Nothing, or the present password, where the sign-in is older than ten minutes."""

    current_password: str | None = None


class Proof(Body):
    """What proves that the owner asks: the password, or a present code."""

    password: str | None = None
    code: str | None = None


class MessageAnswer(BaseModel):
    """What happened."""

    message: str


class VerifiedAnswer(MessageAnswer):
    """What happened; where a sign-in was finished, its refresh token."""

    refresh_token: str | None = None


@adapter.route(
    "POST",
    "/user/2fa/enable",
    summary="Begin to enrol an authenticator app",
    answers={200: None, 400: ErrorAnswer},
    demand=Demand.ENROLLING,
    limits=LIMITS,
    body=Enrolment,
    media_type="image/png",
    admit=find_bearer,
    security="bearer",
    failures=(400,),
)
def enable(bearer: Bearer, body: Enrolment) -> Problem | Response:
    """Give the QR code of an app that counts after its first right code, to the owner: whoever has it could lock the owner out."""
    if not bearer.account.has_second_factor:
        refused = doors.reassure(bearer.account, bearer.session_id, body.current_password, source=source())
        if refused is not None:
            return refuse([refused], BAD)
    row = service.start_first_authenticator(bearer.account)
    if isinstance(row, Refused):
        return refuse([row], BAD)
    return Response(totp.qr_png(totp.provisioning_uri(row, bearer.account)), mimetype="image/png")


@adapter.route(
    "POST",
    "/user/2fa/verify",
    summary="Confirm an authenticator app, or finish a sign-in, by a code",
    answers={200: VerifiedAnswer, 400: ErrorAnswer},
    demand=Demand.ENROLLING,
    limits=LIMITS,
    body=Code,
    security=("bearer", "mfa_token"),
    failures=(400,),
)
def verify(body: Code) -> Answer | Problem:
    """With an access token confirm the app that was begun; with a sign-in's `mfa_token` finish that."""
    token = read_token(scheme_needed=False) or ""
    bearer = find_bearer(token)
    if not isinstance(bearer, Problem):
        return _confirm(bearer, body.code)
    outcome = doors.with_ticket(token, body.code, door=CLIENT_ID, source=source())
    match outcome:
        case doors.SignedIn(account, proof):
            pair = direct.sign_in(caller(), account, proof, login.device())
            return Answer({"message": "2fa verified", "refresh_token": pair.refresh_token})
        case Refused():
            return refuse([outcome], BAD)
        case _:
            assert_never(outcome)


@adapter.route(
    "POST",
    "/user/2fa/disable",
    summary="Turn the second factor off",
    answers={200: MessageAnswer, 400: ErrorAnswer},
    demand=Demand.FRESH,
    limits=LIMITS,
    body=Proof,
    admit=find_bearer,
    security="bearer",
    failures=(400,),
)
def disable(bearer: Bearer, body: Proof) -> Answer | Problem:
    """Remove every second factor, for the password or a present code."""
    if not bearer.account.has_second_factor:
        return Problem(BAD, "2FA is already disabled")
    refused = service.turn_off(bearer.account, password=body.password, code=body.code, source=source())
    return refuse([refused], BAD) if refused is not None else Answer({"message": "2fa disabled"})


def _confirm(bearer: Bearer, code: str) -> Answer | Problem:
    row = totp.find_pending(bearer.account.id)
    if row is None:
        return Problem(BAD, "There is no new 2FA to verify: enable it first")
    refused = service.confirm_authenticator(bearer.account, row, code, _("Authenticator app"), source=source())
    if refused is not None:
        return refuse([refused], BAD)
    direct.note_second_factor(bearer, ["otp"])
    return Answer({"message": "2fa verified"})
