"""Document 5's way to a new password: a mailed code of six capitals and digits, looked at, then sent with the password."""

from http import HTTPStatus

from pydantic import BaseModel

from idp.accounts import identity, passwords, recovery
from idp.base import clock, crypto
from idp.base.http import source
from idp.base.outcome import Refused
from idp.contracts.directory.shapes import (
    DetailedErrorAnswer,
    ErrorAnswer,
    OkAnswer,
    TextErrorAnswer,
    adapter,
    detailed,
    refuse,
    texts,
)
from idp.contracts.directory.sign_in import EmailAddress
from idp.contracts.kit import Answer, Body, Demand, Problem
from idp.lifetimes import LIFETIMES

BAD = HTTPStatus.BAD_REQUEST
SHOWN = 2  # characters before the @ that are not masked


class MailedCode(Body):
    """A mailed code, and to whom it went."""

    email: str
    code: str


class NewPassword(MailedCode):
    """A mailed code and the new password."""

    new_password: str


class SentAnswer(BaseModel):
    """Where a code went, if there is such an account, and until when it works (UTC)."""

    ok: str
    email: str
    expires: str


@texts.route(
    "POST",
    "/user/forgot-password/send-code/",
    summary="Ask for a code that changes a forgotten password",
    answers={200: SentAnswer, 400: TextErrorAnswer},
    demand=Demand.NOTHING,
    limits=("10 per minute", "60 per hour"),
    body=EmailAddress,
    failures=(400,),
)
def send_code(body: EmailAddress) -> Answer | Problem:
    """Send a code, if the address has an account; the answer is always the same."""
    email = recovery.request(body.email, source=source(), new_code=crypto.new_mixed_code)
    if isinstance(email, Refused):
        return refuse([email], BAD)
    expires = (clock.now() + LIFETIMES.one_time_code).replace(tzinfo=None).isoformat(timespec="milliseconds")
    return Answer({"ok": "Email sent", "email": mask(email), "expires": expires})


@detailed.route(
    "POST",
    "/user/forgot-password/check-code/",
    summary="Check a mailed code without using it up",
    answers={200: OkAnswer, 400: DetailedErrorAnswer},
    demand=Demand.NOTHING,
    limits=("20 per minute",),
    body=MailedCode,
    failures=(400,),
)
def check_code(body: MailedCode) -> Answer | Problem:
    """Tell whether a code is right; it still works afterwards."""
    email = identity.read_email(body.email)
    refused = email if isinstance(email, Refused) else recovery.check_code(email, body.code)
    return refuse([refused], BAD) if refused is not None else Answer({"ok": "ok"})


@adapter.route(
    "POST",
    "/user/forgot-password/change-password/",
    summary="Change a forgotten password by a mailed code",
    answers={200: OkAnswer, 400: ErrorAnswer},
    demand=Demand.NOTHING,
    limits=("20 per minute",),
    body=NewPassword,
    failures=(400,),
)
def change_password(body: NewPassword) -> Answer | Problem:
    """Set a new password; the code is used up, and every session and token ends."""
    email = identity.read_email(body.email)
    if isinstance(email, Refused):
        return refuse([email], BAD)
    account = recovery.finish_with_code(email, body.code, body.new_password, source=source(), rules=passwords.STRICT)
    return refuse([account], BAD) if isinstance(account, Refused) else Answer({"ok": "ok"})


def mask(email: str) -> str:
    """Return an address with stars for all of its local part but the end."""
    local, _, domain = email.rpartition("@")
    hidden = max(len(local) - SHOWN, 1)
    return f"{'*' * hidden}{local[hidden:]}@{domain}"
