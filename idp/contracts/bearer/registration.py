"""Document 1's sign-up: /auth/register/ and /users/."""

from http import HTTPStatus

from pydantic import BaseModel

from idp.accounts import signup
from idp.accounts.models import Account
from idp.accounts.service import Profile
from idp.accounts.signup import Application
from idp.base.http import source
from idp.base.outcome import Refused
from idp.contracts.bearer.shapes import REQUIRED, TAKEN, ErrorAnswer, accounts, collect, invalid
from idp.contracts.kit import Answer, Body, Demand, Problem

NAMES = {"given_name": "first_name", "family_name": "last_name"}
NEEDED = ("username", "email", "password")


class Registration(Body):
    """Who wants an account. The first three are needed; all that is wrong is told at once."""

    username: str | None = None
    email: str | None = None
    password: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class RegistrationAnswer(BaseModel):
    """The new account, its address still to be confirmed."""

    message: str
    username: str
    email: str


@accounts.route(
    "POST",
    "/auth/register/",
    "/users/",
    summary="Create an account",
    answers={201: RegistrationAnswer, 409: ErrorAnswer},
    demand=Demand.NOTHING,
    limits=("20 per minute", "200 per hour"),
    body=Registration,
    failures=(400, 409),
)
def register(body: Registration) -> Answer | Problem:
    """Create an account and send the message that confirms its address."""
    application = Application(
        (body.email or "").strip(),
        body.password or "",
        Profile((body.first_name or "").strip(), (body.last_name or "").strip(), (body.username or "").strip()),
    )
    given = (application.profile.username, application.email, application.password)
    missing = [name for name, value in zip(NEEDED, given, strict=True) if not value]
    if missing:
        others = [refused for refused in signup.check(application) if refused.field not in missing]
        return _refuse(missing, others)
    account = signup.register(application, source=source())
    if not isinstance(account, Account):
        return _refuse([], account)
    answer = {"message": "User registered successfully", "username": account.username, "email": account.email}
    return Answer(answer, HTTPStatus.CREATED)


def _refuse(missing: list[str], refusals: list[Refused]) -> Problem:
    """Answer 400 with everything that is wrong, or 409 where nothing is but that somebody has the name or the address."""
    wrong = [refused for refused in refusals if accounts.contract.tell(refused).status != HTTPStatus.CONFLICT]
    if not missing and not wrong:
        return Problem(HTTPStatus.CONFLICT, TAKEN, refusals[0].reason)
    return invalid({name: [REQUIRED] for name in missing} | collect(wrong, NAMES))
