"""What can go wrong at an older interface, before it takes that interface's own shape."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from idp.base.outcome import Reason, Refused
from idp.base.phrases import phrase

Status = int


@dataclass(frozen=True)
class Problem:
    """A failure: its status and sentence, what is wrong with which member, seconds to wait, and members that some answers add.

    `reference` names a surprise in the log.
    """

    status: Status
    message: str
    reason: Reason | None = None
    fields: Mapping[str, list[str]] = field(default_factory=dict)
    retry_after: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    reference: str | None = None


@dataclass(frozen=True)
class Contract:
    """One interface: its tag in the documentation, how it writes a failure, and the statuses and sentences that are its own.

    `error` is the model of a failure, `otherwise` that of every status but 400, where those look otherwise.
    """

    name: str
    title: str
    render: Callable[[Problem], dict[str, Any]]
    error: type[BaseModel]
    own: Mapping[Reason, tuple[Status, str]] = field(default_factory=dict)
    about: str = ""
    otherwise: type[BaseModel] | None = None

    def error_at(self, status: Status) -> type[BaseModel]:
        """Return the model of a failure with this status."""
        return self.error if status == HTTPStatus.BAD_REQUEST or self.otherwise is None else self.otherwise

    def tell(self, refused: Refused, *, status: Status | None = None) -> Problem:
        """Return the problem that a refusal is to this interface; `status` overrules the table, where a route has only one."""
        usual, sentence = self.own.get(refused.reason, (STATUSES[refused.reason], phrase(refused)))
        fields = {refused.field: [sentence]} if refused.field else {}
        wait = refused.retry_after
        chosen = HTTPStatus.TOO_MANY_REQUESTS if wait else status or usual
        return Problem(chosen, sentence, refused.reason, fields, wait)


class SecondFactorMembers(BaseModel):
    """What a failed sign-in adds where only the second factor is missing."""

    two_factor_required: bool | None = None
    mfa_token: str | None = None


def second_factor_members(ticket: str) -> dict[str, Any]:
    """Return what a failure adds where only the second factor is missing, with the ticket of the sign-in."""
    return {"two_factor_required": True, "mfa_token": ticket}


# The status of each refusal, where an interface has none of its own. Every reason is in it.
STATUSES: dict[Reason, Status] = {
    Reason.BAD_CREDENTIALS: 401,
    Reason.TOO_MANY_TRIES: 429,
    Reason.ACCOUNT_HELD: 429,
    Reason.ACCOUNT_DISABLED: 401,
    Reason.ACCOUNT_LEAVING: 401,
    Reason.WRONG_FACTOR: 401,
    Reason.ATTEMPT_EXPIRED: 401,
    Reason.SIGNED_OUT: 401,
    Reason.ENROLMENT_NEEDED: 401,
    Reason.WRONG_CODE: 400,
    Reason.USER_CODE_INVALID: 400,
    Reason.CODE_EXPIRED: 400,
    Reason.CODE_SPENT: 400,
    Reason.LINK_INVALID: 401,
    Reason.LINK_EXPIRED: 401,
    Reason.PASSWORD_NEEDED: 400,
    Reason.PASSWORD_WRONG: 400,
    Reason.PASSWORD_TOO_SHORT: 400,
    Reason.PASSWORD_TOO_LONG: 400,
    Reason.PASSWORD_COMMON: 400,
    Reason.PASSWORD_PERSONAL: 400,
    Reason.PASSWORD_SERVICE: 400,
    Reason.PASSWORD_BREACHED: 400,
    Reason.PASSWORD_RULES: 400,
    Reason.EMAIL_INVALID: 400,
    Reason.EMAIL_TAKEN: 409,
    Reason.USERNAME_INVALID: 400,
    Reason.USERNAME_TAKEN: 409,
    Reason.USERNAME_CHANGES: 400,
    Reason.NAME_TOO_LONG: 400,
    Reason.TEXT_CONTROL: 400,
    Reason.TEXT_TURNING: 400,
    Reason.TEXT_INVISIBLE: 400,
    Reason.PICTURE_INVALID: 400,
    Reason.DETAIL_TOO_LONG: 400,
    Reason.PAGE_INVALID: 400,
    Reason.BIRTHDATE_INVALID: 400,
    Reason.ZONE_INVALID: 400,
    Reason.LOCALE_INVALID: 400,
    Reason.PHONE_INVALID: 400,
    Reason.STREET_INVALID: 400,
    Reason.UNKNOWN: 404,
    Reason.CLIENT_INVALID: 400,
    Reason.PASSKEY_REFUSED: 401,
    Reason.PASSKEY_EXPIRED: 401,
    Reason.PASSKEY_KNOWN: 409,
    Reason.FACTOR_NAME: 400,
    Reason.FACTOR_LIMIT: 400,
    Reason.FACTOR_REQUIRED: 400,
    Reason.UPSTREAM_FAILED: 400,
    Reason.UPSTREAM_STATE: 400,
    Reason.UPSTREAM_OFF: 503,
    Reason.UPSTREAM_TAKEN: 409,
    Reason.UPSTREAM_SIGN_IN_FIRST: 409,
    Reason.UPSTREAM_NO_EMAIL: 400,
    Reason.UPSTREAM_NO_ACCOUNT: 403,
    Reason.UPSTREAM_NOT_ADMITTED: 403,
    Reason.UPSTREAM_ELSEWHERE: 403,
    Reason.UPSTREAM_UNPROVED: 403,
    Reason.UPSTREAM_STAYS: 403,
    Reason.EMAIL_STAYS: 403,
    Reason.EMAIL_DOMAIN: 400,
    Reason.SIGN_UP_CLOSED: 400,
    Reason.SIGN_UP_INVITED: 400,
    Reason.SIGN_UP_DOMAIN: 400,
    Reason.SIGN_UP_DISPOSABLE: 400,
    Reason.EMAIL_UNPROVED: 401,
    Reason.TERMS_NEEDED: 401,
    Reason.ATTRIBUTE_INVALID: 400,
    Reason.ATTRIBUTE_NEEDED: 400,
    Reason.POLICY_INVALID: 400,
    Reason.PROVIDER_INVALID: 400,
    Reason.PROVIDER_UNSURE: 409,
    Reason.LAST_WAY_IN: 400,
    Reason.LAST_ADMINISTRATOR: 400,
    Reason.ROLE_UNKNOWN: 400,
    Reason.ROLE_UNLIMITED: 400,
    Reason.NOT_PERMITTED: 403,
    Reason.END_PAST: 400,
    Reason.ADMINISTRATOR_UNFIT: 400,
    Reason.OWNER_NEEDED: 403,
    Reason.GROUP_NAME: 400,
    Reason.GROUP_TAKEN: 409,
    Reason.GROUP_CYCLE: 400,
    Reason.GROUP_DEPTH: 400,
    Reason.GROUPS_NEEDED: 400,
    Reason.GROUPS_MANY: 400,
    Reason.LAST_OWNER: 400,
    Reason.OWNER_UNFIT: 400,
    Reason.TOO_MANY_OWNERS: 400,
    Reason.ROLE_NAME: 400,
    Reason.ROLE_TAKEN: 409,
    Reason.DESCRIPTION_TOO_LONG: 400,
    Reason.DAY_INVALID: 400,
    Reason.DAY_PAST: 400,
}
