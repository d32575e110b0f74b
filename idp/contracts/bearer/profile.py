"""Document 1's profile: /users/me/ and /users/profile/, to read (GET), to change in part (PATCH) or in full (PUT).

In full means that names and a picture that are left out are emptied. Username and address stay where they are left out: they are
what the person signs in by, and a username once chosen cannot be emptied. A new address stays pending until it is confirmed.
"""

from typing import Any

from pydantic import BaseModel

from idp.accounts import email_change, identity, service
from idp.accounts.models import Account
from idp.accounts.service import Profile
from idp.base.http import source
from idp.base.outcome import Refused
from idp.contracts.bearer.shapes import REQUIRED, ErrorAnswer, accounts, collect, find_bearer, invalid, tell
from idp.contracts.kit import Answer, Body, Demand, Problem
from idp.oauth import direct
from idp.oauth.direct import Bearer

PATHS = ("/users/me/", "/users/profile/")
NAMES = {"given_name": "first_name", "family_name": "last_name", "picture": "profile_picture"}
READ_LIMITS, LIMITS = ("600 per minute",), ("60 per minute",)


class ProfileChange(Body):
    """What is to change. A new address needs a sign-in of the last ten minutes, or `current_password`."""

    first_name: str | None = None
    last_name: str | None = None
    username: str | None = None
    email: str | None = None
    profile_picture: str | None = None
    current_password: str | None = None


class ProfileAnswer(BaseModel):
    """An account; `pending_email` is the address that it moves to once that is confirmed."""

    id: int
    username: str | None
    email: str
    first_name: str
    last_name: str
    profile_picture: str | None
    email_verified: bool
    pending_email: str | None


class ChangedAnswer(ProfileAnswer):
    """An account after a change."""

    message: str


@accounts.route(
    "GET",
    *PATHS,
    summary="Read one's own profile",
    answers={200: ProfileAnswer, 401: ErrorAnswer},
    demand=Demand.SIGNED_IN,
    limits=READ_LIMITS,
    security="bearer",
    admit=find_bearer,
    failures=(401,),
)
def show_profile(bearer: Bearer) -> Answer:
    """Tell the account behind the access token."""
    return Answer(_tell(bearer.account))


@accounts.route(
    "PATCH",
    *PATHS,
    summary="Change parts of one's own profile",
    answers={200: ChangedAnswer, 401: ErrorAnswer},
    demand=Demand.FRESH,
    limits=LIMITS,
    body=ProfileChange,
    security="bearer",
    admit=find_bearer,
    failures=(400, 401),
)
def patch_profile(bearer: Bearer, body: ProfileChange) -> Answer | Problem:
    """Change the members that were sent, all of them or none."""
    return _change(bearer, body, body.model_fields_set)


@accounts.route(
    "PUT",
    *PATHS,
    summary="Replace one's own profile",
    answers={200: ChangedAnswer, 401: ErrorAnswer},
    demand=Demand.FRESH,
    limits=LIMITS,
    body=ProfileChange,
    security="bearer",
    admit=find_bearer,
    failures=(400, 401),
)
def put_profile(bearer: Bearer, body: ProfileChange) -> Answer | Problem:
    """Change all members; names and a picture that were not sent are emptied."""
    return _change(bearer, body, body.model_fields_set | {"first_name", "last_name", "profile_picture"})


def _change(bearer: Bearer, body: ProfileChange, named: set[str]) -> Answer | Problem:
    account = bearer.account
    email = identity.read_email(body.email or "") if "email" in named else account.email
    username = (body.username or "").strip() or None if "username" in named else account.username
    profile = Profile(
        (body.first_name or "").strip() if "first_name" in named else account.given_name,
        (body.last_name or "").strip() if "last_name" in named else account.family_name,
        username,
        (body.profile_picture or "").strip() or None if "profile_picture" in named else account.picture,
    )
    refusals = service.check_profile(account, profile, relative_picture=True)
    fields = collect([*refusals, email] if isinstance(email, Refused) else refusals, NAMES)
    if username is None and account.username is not None:
        fields["username"] = [REQUIRED]
    if fields or isinstance(email, Refused):
        return invalid(fields)
    problem = _ask_address(bearer, email, body.current_password) if email != account.email else None
    if problem is not None:
        return problem
    refusals = service.change_profile(account, profile, source=source(), relative_picture=True)
    if refusals:
        return invalid(collect(refusals, NAMES))
    return Answer({"message": "Profile updated successfully.", **_tell(account)})


def _ask_address(bearer: Bearer, email: str, password: str | None) -> Problem | None:
    """Send the message that confirms a new address, for a fresh sign-in or with the current password."""
    refused = direct.ask_address(bearer, email, password, source=source())
    return tell(refused, {}) if refused is not None else None


def _tell(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "username": account.username,
        "email": account.email,
        "first_name": account.given_name,
        "last_name": account.family_name,
        "profile_picture": account.picture,
        "email_verified": account.is_verified,
        "pending_email": email_change.find_asked(account),
    }
