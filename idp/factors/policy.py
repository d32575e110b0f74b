"""The policy: from whom a second factor is required. Administrators set it; a client may require one of its own users besides."""

from enum import Enum

from flask_babel import gettext as _

from idp import policies
from idp.accounts import telling
from idp.accounts.models import Account
from idp.policies import Rule

NAME = "second_factor"


class Required(Enum):
    """From whom a second factor is required."""

    NOBODY = "nobody"
    ADMINISTRATORS = "administrators"
    EVERYBODY = "everybody"


RULE = Rule(NAME, Required.NOBODY, read=Required, write=lambda required: required.value)


def get() -> Required:
    """Return the rule in force."""
    return policies.get(RULE)


def hold() -> Required:
    """Return the rule in force, and keep others from changing it until the commit."""
    return policies.hold(RULE)


def words() -> dict[str, str]:
    """Return what each rule is called, by its value."""
    return {
        Required.NOBODY.value: _("Nobody must have one"),
        Required.ADMINISTRATORS.value: _("Administrators must have one"),
        Required.EVERYBODY.value: _("Everybody must have one"),
    }


def put(required: Required, *, actor: str) -> None:
    """Set the rule. It holds from the next page and the next sign-in on."""
    policies.put(RULE, required, actor=actor)
    telling.tell_owners(_told(required), actor=actor, path="/admin/policy")


def is_required(account: Account) -> bool:
    """Return whether this person must have a second factor."""
    return binds(get(), is_administrator=account.is_administrator)


def binds(required: Required, *, is_administrator: bool) -> bool:
    """Return whether a rule asks a second factor of somebody."""
    match required:
        case Required.EVERYBODY:
            return True
        case Required.ADMINISTRATORS:
            return is_administrator
        case Required.NOBODY:
            return False


def _told(required: Required) -> str:
    sentences = {
        Required.EVERYBODY: _("From now on everybody must have a second factor."),
        Required.ADMINISTRATORS: _("From now on administrators must have a second factor, and others need not."),
        Required.NOBODY: _("From now on nobody must have a second factor."),
    }
    return str(sentences[required])
