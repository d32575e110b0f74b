"""Outcomes as values: `Refused(Reason)` is falsy and commits with its audit line; an exception is a surprise and rolls back."""

from dataclasses import dataclass
from enum import Enum


class Busy(Exception):
    """The server is at a bound that it set itself; the caller should come back (503)."""


class Reason(Enum):
    """Why something was refused. `base.phrases` has the sentence for each."""

    BAD_CREDENTIALS = "bad_credentials"
    TOO_MANY_TRIES = "too_many_tries"
    ACCOUNT_DISABLED = "account_disabled"
    WRONG_CODE = "wrong_code"
    USER_CODE_INVALID = "user_code_invalid"
    CODE_EXPIRED = "code_expired"
    CODE_SPENT = "code_spent"
    LINK_INVALID = "link_invalid"
    LINK_EXPIRED = "link_expired"
    PASSWORD_NEEDED = "password_needed"  # noqa: S105 - a reason, no secret
    PASSWORD_WRONG = "password_wrong"  # noqa: S105 - a reason, no secret
    PASSWORD_TOO_SHORT = "password_too_short"  # noqa: S105 - a reason, no secret
    PASSWORD_TOO_LONG = "password_too_long"  # noqa: S105 - a reason, no secret
    PASSWORD_COMMON = "password_common"  # noqa: S105 - a reason, no secret
    PASSWORD_PERSONAL = "password_personal"  # noqa: S105 - a reason, no secret
    PASSWORD_SERVICE = "password_service"  # noqa: S105 - a reason, no secret
    PASSWORD_BREACHED = "password_breached"  # noqa: S105 - a reason, no secret
    PASSWORD_RULES = "password_rules"  # noqa: S105 - a reason, no secret
    EMAIL_INVALID = "email_invalid"
    EMAIL_TAKEN = "email_taken"
    EMAIL_STAYS = "email_stays"
    EMAIL_DOMAIN = "email_domain"
    USERNAME_INVALID = "username_invalid"
    USERNAME_TAKEN = "username_taken"
    USERNAME_CHANGES = "username_changes"
    NAME_TOO_LONG = "name_too_long"
    TEXT_CONTROL = "text_control"
    TEXT_TURNING = "text_turning"
    TEXT_INVISIBLE = "text_invisible"
    PICTURE_INVALID = "picture_invalid"
    DETAIL_TOO_LONG = "detail_too_long"
    PAGE_INVALID = "page_invalid"
    BIRTHDATE_INVALID = "birthdate_invalid"
    ZONE_INVALID = "zone_invalid"
    LOCALE_INVALID = "locale_invalid"
    PHONE_INVALID = "phone_invalid"
    STREET_INVALID = "street_invalid"
    UNKNOWN = "unknown"
    CLIENT_INVALID = "client_invalid"
    ACCOUNT_HELD = "account_held"
    ACCOUNT_LEAVING = "account_leaving"
    WRONG_FACTOR = "wrong_factor"
    ATTEMPT_EXPIRED = "attempt_expired"
    SIGNED_OUT = "signed_out"
    PASSKEY_REFUSED = "passkey_refused"
    PASSKEY_EXPIRED = "passkey_expired"
    PASSKEY_KNOWN = "passkey_known"
    FACTOR_NAME = "factor_name"
    FACTOR_LIMIT = "factor_limit"
    FACTOR_REQUIRED = "factor_required"
    ENROLMENT_NEEDED = "enrolment_needed"
    UPSTREAM_FAILED = "upstream_failed"
    UPSTREAM_STATE = "upstream_state"
    UPSTREAM_OFF = "upstream_off"
    UPSTREAM_TAKEN = "upstream_taken"
    UPSTREAM_SIGN_IN_FIRST = "upstream_sign_in_first"
    UPSTREAM_NO_EMAIL = "upstream_no_email"
    UPSTREAM_NO_ACCOUNT = "upstream_no_account"
    UPSTREAM_NOT_ADMITTED = "upstream_not_admitted"
    UPSTREAM_ELSEWHERE = "upstream_elsewhere"
    UPSTREAM_UNPROVED = "upstream_unproved"
    UPSTREAM_STAYS = "upstream_stays"
    SIGN_UP_CLOSED = "sign_up_closed"
    SIGN_UP_INVITED = "sign_up_invited"
    SIGN_UP_DOMAIN = "sign_up_domain"
    SIGN_UP_DISPOSABLE = "sign_up_disposable"
    EMAIL_UNPROVED = "email_unproved"
    TERMS_NEEDED = "terms_needed"
    ATTRIBUTE_INVALID = "attribute_invalid"
    ATTRIBUTE_NEEDED = "attribute_needed"
    POLICY_INVALID = "policy_invalid"
    PROVIDER_INVALID = "provider_invalid"
    PROVIDER_UNSURE = "provider_unsure"
    LAST_WAY_IN = "last_way_in"
    LAST_ADMINISTRATOR = "last_administrator"
    ROLE_UNKNOWN = "role_unknown"
    ROLE_UNLIMITED = "role_unlimited"
    NOT_PERMITTED = "not_permitted"
    END_PAST = "end_past"
    ADMINISTRATOR_UNFIT = "administrator_unfit"
    OWNER_NEEDED = "owner_needed"
    GROUP_NAME = "group_name"
    GROUP_TAKEN = "group_taken"
    GROUP_CYCLE = "group_cycle"
    GROUP_DEPTH = "group_depth"
    GROUPS_NEEDED = "groups_needed"
    GROUPS_MANY = "groups_many"
    LAST_OWNER = "last_owner"
    OWNER_UNFIT = "owner_unfit"
    TOO_MANY_OWNERS = "too_many_owners"
    ROLE_NAME = "role_name"
    ROLE_TAKEN = "role_taken"
    DESCRIPTION_TOO_LONG = "description_too_long"
    DAY_INVALID = "day_invalid"
    DAY_PAST = "day_past"


@dataclass(frozen=True)
class Refused:
    """A refusal: the reason, the input field it concerns, seconds to wait, and a text for developers."""

    reason: Reason
    field: str | None = None
    retry_after: int | None = None
    detail: str | None = None

    def __bool__(self) -> bool:
        return False
