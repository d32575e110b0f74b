"""What a job can do to one person, by the services that pages call, and which permission each act takes.

The account is held. An act tells whether it changed anything, or why it was not done.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from idp.accounts import service, supporting
from idp.accounts.models import Account
from idp.base.outcome import Reason, Refused
from idp.groups import members
from idp.groups.models import Group

OWN, LEAVING, NOT_PERMITTED, LAST_OWNER, GONE, ERROR = (
    "own_account",
    "leaving",
    "not_permitted",
    "last_owner",
    "gone",
    "error",
)
DISABLE, ENABLE, SIGN_OUT, ADD, REMOVE = "disable", "enable", "sign-out", "add-to-group", "remove-from-group"
Act = Callable[[Account, Group | None, str], bool | str]


@dataclass(frozen=True)
class Action:
    """One act: the permission that it takes, and whether it needs a group."""

    permission: str
    act: Act
    needs_group: bool = False
    spares_oneself: bool = True


def words() -> dict[str, str]:
    """Return what each act is called."""
    return {
        DISABLE: _("Disable"),
        ENABLE: _("Enable"),
        SIGN_OUT: _("Sign out everywhere"),
        ADD: _("Add to a group"),
        REMOVE: _("Remove from a group"),
    }


def reasons() -> dict[str, str]:
    """Return in words why somebody was left out, or a job failed."""
    return {
        OWN: _("This is the account of whoever began the job."),
        LEAVING: _("Its owner has closed the account, to have it erased."),
        NOT_PERMITTED: _("The person administers more than whoever began the job."),
        LAST_OWNER: _("The last owner of the server cannot be disabled."),
        GONE: _("The account was erased meanwhile."),
        ERROR: _("Something went wrong; the server's log says what."),
        "no_permission": _("Whoever began the job may not do this any more."),
        "no_group": _("The group was deleted."),
    }


def _disable(account: Account, _group: Group | None, actor: str) -> bool | str:
    if account.erase_at is not None:
        return LEAVING
    if account.disabled_at is not None:
        return False
    refused = service.set_disabled(account, True, actor=actor)
    return True if refused is None else _name(refused)


def _enable(account: Account, _group: Group | None, actor: str) -> bool | str:
    if account.erase_at is not None:
        return LEAVING  # what its owner asked for is not undone in passing
    if account.disabled_at is None:
        return False
    refused = service.set_disabled(account, False, actor=actor)
    return True if refused is None else _name(refused)


def _sign_out(account: Account, _group: Group | None, actor: str) -> bool | str:
    supporting.sign_out(account, actor=actor)
    return True


def _add(account: Account, group: Group | None, actor: str) -> bool | str:
    if group is None or members.is_in(group, account):
        return False
    refused = members.add(group, account, actor=actor)
    return True if refused is None else _name(refused)


def _remove(account: Account, group: Group | None, actor: str) -> bool | str:
    return group is not None and members.remove(group, account, actor=actor)


def _name(refused: Refused) -> str:
    return LAST_OWNER if refused.reason is Reason.LAST_ADMINISTRATOR else ERROR


ACTIONS: Mapping[str, Action] = {
    DISABLE: Action("people.write", _disable),
    ENABLE: Action("people.write", _enable),
    SIGN_OUT: Action("people.support", _sign_out),
    ADD: Action("groups.write", _add, needs_group=True, spares_oneself=False),
    REMOVE: Action("groups.write", _remove, needs_group=True, spares_oneself=False),
}
