"""Document 3's mailed codes: confirming an address, and choosing a new password in three steps.

Asking for a code is answered in the same way whether or not the address has an account.
"""

from typing import Literal

from flask import request
from pydantic import Field

from idp.accounts import confirmation, identity, recovery, signup
from idp.accounts.lookup import find_by_email
from idp.base.http import source
from idp.base.outcome import Reason, Refused
from idp.contracts.cookies.shapes import REFRESH, RESET, RESET_PATH, DoneAnswer, ErrorAnswer, adapter, done
from idp.contracts.kit import Answer, Body, Cookie, Demand, Problem, read_token
from idp.lifetimes import LIFETIMES
from idp.oauth import direct

SENDING, TRYING = ("5 per minute", "30 per hour"), ("30 per minute",)


class Code(Body):
    """A mailed code, and the address that it was mailed to."""

    email: str
    code: str


class Resend(Body):
    """Which code to send once more."""

    email: str
    type: Literal["verify", "reset"]


class Address(Body):
    """Whose password was forgotten."""

    email: str


class NewPassword(Body):
    """A new password. `resetToken` is for callers that read it from the answer's cookie and keep no cookies."""

    email: str
    new_password: str = Field(alias="newPassword")
    token: str | None = Field(None, alias="resetToken")


@adapter.route(
    "POST",
    "/auth/verify-email",
    summary="Confirm an address by the mailed code",
    answers={200: DoneAnswer, 400: ErrorAnswer},
    demand=Demand.NOTHING,
    limits=TRYING,
    body=Code,
    failures=(400,),
)
def verify_email(body: Code) -> Answer | Problem:
    """Confirm an address. It signs nobody in.

    From where somebody is signed in to the account it goes on as it is. From anywhere else the code proves that its reader owns the
    address, and not that they made the account: what was set up there is discarded.
    """
    email = identity.read_email(body.email)
    account = find_by_email(email) if isinstance(email, str) else None
    is_makers = account is not None and direct.is_of(
        account, refresh_token=request.cookies.get(REFRESH), access_token=read_token()
    )
    confirmed = confirmation.confirm_code(body.code, account=account, is_makers=is_makers, source=source())
    return _wrong(confirmed) if isinstance(confirmed, Refused) else Answer(done("Email verified successfully"))


@adapter.route(
    "POST",
    "/auth/resend-otp",
    summary="Send a code once more",
    answers={200: DoneAnswer, 400: ErrorAnswer},
    demand=Demand.NOTHING,
    limits=SENDING,
    body=Resend,
    failures=(400,),
)
def resend_code(body: Resend) -> Answer | Problem:
    """Send a new code, which kills the old one."""
    ask = signup.request_verification if body.type == "verify" else recovery.request
    return _asked(ask(body.email, source=source()), "OTP resent successfully")


@adapter.route(
    "POST",
    "/auth/forgot-password",
    summary="Send a code to choose a new password",
    answers={200: DoneAnswer, 400: ErrorAnswer},
    demand=Demand.NOTHING,
    limits=SENDING,
    body=Address,
    failures=(400,),
)
def forget_password(body: Address) -> Answer | Problem:
    """Send a code by which a new password can be chosen."""
    return _asked(recovery.request(body.email, source=source()), "OTP sent to your email for password reset")


@adapter.route(
    "POST",
    "/auth/verify-reset-otp",
    summary="Trade the mailed code for the right to choose a new password",
    answers={200: DoneAnswer, 400: ErrorAnswer},
    demand=Demand.NOTHING,
    limits=TRYING,
    body=Code,
    failures=(400,),
)
def verify_reset_code(body: Code) -> Answer | Problem:
    """Use the code up, and hand this browser the cookie by which it may choose a new password, once."""
    email = identity.read_email(body.email)
    token = recovery.trade_code(email, body.code) if isinstance(email, str) else Refused(Reason.WRONG_CODE)
    if isinstance(token, Refused):
        return _wrong(token)
    cookie = Cookie(RESET, token, int(LIFETIMES.one_time_code.total_seconds()), RESET_PATH)
    return Answer(done("OTP verified. You may now reset your password."), cookies=(cookie,))


@adapter.route(
    "POST",
    RESET_PATH,
    summary="Choose a new password",
    answers={200: DoneAnswer, 401: ErrorAnswer},
    demand=Demand.NOTHING,
    limits=("20 per minute",),
    body=NewPassword,
    security=(RESET, None),
    failures=(400, 401),
)
def reset_password(body: NewPassword) -> Answer | Problem:
    """Set a new password for the account whose code was verified; every session and token of it ends."""
    token = body.token or request.cookies.get(RESET, "")
    holder = recovery.peek(token)
    if isinstance(holder, Refused) or holder.email != identity.read_email(body.email):
        return adapter.contract.tell(Refused(Reason.LINK_INVALID))
    account = recovery.finish(token, body.new_password, source=source())
    if isinstance(account, Refused):
        return adapter.contract.tell(account)
    return Answer(done("Password has been reset successfully"), cookies=(Cookie(RESET, "", 0, RESET_PATH),))


def _asked(asked: str | Refused, message: str) -> Answer | Problem:
    return adapter.contract.tell(asked) if isinstance(asked, Refused) else Answer(done(message))


def _wrong(refused: Refused) -> Problem:
    """Tell that the right code came late; anything else is a wrong code, for whatever reason."""
    is_late = refused.reason is Reason.CODE_EXPIRED
    return adapter.contract.tell(refused if is_late else Refused(Reason.WRONG_CODE))
