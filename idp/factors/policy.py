"""The policy: from whom a second factor is required. Administrators set it; a client may require one of its own users besides."""

from enum import Enum

from flask_babel import gettext as _

from idp import audit
from idp.accounts import telling
from idp.accounts.models import Account
from idp.base import clock
from idp.base.database import connection, insert_into, session
from idp.factors.models import Policy

NAME = "second_factor"


class Required(Enum):
    """From whom a second factor is required."""

    NOBODY = "nobody"
    ADMINISTRATORS = "administrators"
    EVERYBODY = "everybody"


def get() -> Required:
    """Return the rule in force."""
    row = session().get(Policy, NAME)
    return Required(row.value) if row is not None else Required.NOBODY


def put(required: Required, *, actor: str) -> None:
    """Set the rule. It holds from the next page and the next sign-in on."""
    values = {"value": required.value, "changed_at": clock.now()}
    statement = insert_into(Policy).values(name=NAME, **values)
    connection().execute(statement.on_conflict_do_update(index_elements=[Policy.name], set_=values))
    session().expire_all()
    audit.record("policy.changed", actor=actor, rule=NAME, value=required.value)
    telling.tell_administrators(_told(required), actor=actor, path="/admin/policy")


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
