"""What SCIM answers where a service refuses: the status and keyword of each reason, and its sentence."""

from collections.abc import Mapping
from http import HTTPStatus

from idp.base.outcome import Reason, Refused
from idp.base.phrases import phrase
from idp.scim.problem import INVALID_VALUE, UNIQUENESS, Problem

TAKEN = {Reason.EMAIL_TAKEN, Reason.USERNAME_TAKEN, Reason.GROUP_TAKEN}
NOT_ALLOWED = {Reason.LAST_ADMINISTRATOR, Reason.NOT_PERMITTED}
# What the attribute is called of which a service speaks.
NAMES: Mapping[str, str] = {
    "email": "emails",
    "username": "userName",
    "given_name": "name.givenName",
    "family_name": "name.familyName",
    "name": "displayName",
}


def refusal(refused: Refused) -> Problem:
    """Return how a refusal is told."""
    name = NAMES.get(refused.field or "", refused.field)
    sentence = f"{name}: {refused.detail or phrase(refused)}" if name is not None else refused.detail or phrase(refused)
    if refused.reason in TAKEN:
        return Problem(HTTPStatus.CONFLICT, sentence, UNIQUENESS)
    if refused.reason in NOT_ALLOWED:
        return Problem(HTTPStatus.FORBIDDEN, sentence)
    if refused.reason is Reason.UNKNOWN:
        return Problem(HTTPStatus.NOT_FOUND, sentence)
    return Problem(HTTPStatus.BAD_REQUEST, sentence, INVALID_VALUE)
