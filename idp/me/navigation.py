"""The frame of a person's own pages: their sections, who is signed in, and the way to administration for those who may."""

from typing import Any

from flask import abort, request
from flask_babel import gettext as _

from idp.accounts.models import Account
from idp.federation import providers
from idp.signin import login
from idp.signin.forms import EntranceForm
from idp.signin.login import SignedIn
from idp.signin.pages import Page
from idp.signin.pages import show as show_form

GROUPS = "/account/groups"  # the one section with pages below it

Links = list[tuple[str, str, bool]]


def show(template: str, form: EntranceForm, **values: Any) -> Page:
    """Render a page of this room inside its frame: 400 when something is wrong with its form."""
    account = person().account
    values |= {"account": account, "nav": _sections(), "areas": _areas(account), "who": account.display_name}
    return show_form(f"me/{template}", form, **values)


def person() -> SignedIn:
    """Return who is signed in; every view of this room lets nobody else in."""
    return login.current() or abort(403)


def _sections() -> Links:
    sections = [
        ("/account", _("Profile")),
        ("/account/email", _("E-mail")),
        ("/account/password", _("Password")),
        ("/account/security", _("Security")),
        *([("/account/connections", _("Connected accounts"))] if providers.list_configured() else []),
        ("/account/sessions", _("Sessions")),
        ("/account/apps", _("Apps")),
        (GROUPS, _("Groups")),
        ("/account/activity", _("Activity")),
        ("/account/data", _("Your data")),
    ]
    return [(url, label, _is_here(url)) for url, label in sections]


def _is_here(url: str) -> bool:
    return request.path == url or (url == GROUPS and request.path.startswith(f"{GROUPS}/"))


def _areas(account: Account) -> Links:
    if not account.is_administrator:
        return []
    return [("/account", _("Your account"), True), ("/admin", _("Administration"), False)]
