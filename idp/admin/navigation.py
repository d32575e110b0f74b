"""The frame of the administrators' pages: sections, who is signed in, and how a page of this room is answered."""

from http import HTTPStatus
from typing import Any

from flask import abort, render_template, request
from flask_babel import gettext as _

from idp.accounts.models import Account
from idp.admin import guard
from idp.signin import login
from idp.signin.pages import Page


def show(template: str, *, status: int = HTTPStatus.OK, **values: Any) -> Page:
    """Render a page of this room inside its frame."""
    frame = {
        "nav": _sections(),
        "areas": _areas(),
        "who": administrator().display_name,
        "home_url": "/admin" if guard.may("overview.read") or guard.has_reach() else "/account",
        "may": guard.may,
        "may_here": guard.may_here,
        "is_owner": guard.is_owner(),
    }
    return render_template(f"admin/{template}", **frame, **values), status


def administrator() -> Account:
    """Return the account of the administrator who asks."""
    present = login.current()
    if present is None:
        abort(HTTPStatus.FORBIDDEN)
    return present.account


def actor() -> str:
    """Return the `sub` under which the audit log notes who acts."""
    return administrator().sub


def _sections() -> list[tuple[str, str, bool]]:
    sections = [
        ("/admin", _("Overview"), "overview.read"),
        ("/admin/clients", _("Clients"), "clients.read"),
        ("/admin/registration", _("Registration"), "clients.read"),
        ("/admin/providers", _("Providers"), "providers.read"),
        ("/admin/people", _("People"), "people.read"),
        ("/admin/invitations", _("Invitations"), "people.read"),
        ("/admin/groups", _("Groups"), "groups.read"),
        ("/admin/roles", _("Roles"), "groups.read"),
        ("/admin/scopes", _("Scopes"), "clients.read"),
        ("/admin/resources", _("APIs"), "clients.read"),
        ("/admin/issuers", _("Trusted issuers"), "clients.read"),
        ("/admin/details", _("Authorization details"), "clients.read"),
        ("/admin/administrators", _("Administrators"), "authority.read"),
        ("/admin/sign-up", _("Sign-up"), "policy.read"),
        ("/admin/attributes", _("Attributes"), "policy.read"),
        ("/admin/terms", _("Terms"), "policy.read"),
        ("/admin/policy", _("Security"), "policy.read"),
        ("/admin/requests", _("Requests"), "policy.read"),
        ("/admin/audit", _("Audit log"), "audit.read"),
        ("/admin/streams", _("Streams"), "audit.write"),
        ("/admin/mail", _("Deliveries"), "system.read"),
        ("/admin/keys", _("Keys"), "system.read"),
    ]
    return [(url, label, _is_here(url)) for url, label, permission in sections if _may(url, permission)]


def _may(url: str, permission: str) -> bool:
    return guard.may(permission) or (url == guard.PEOPLE and guard.has_reach())


def _is_here(url: str) -> bool:
    path = request.path.rstrip("/")
    return path == url or (url != "/admin" and path.startswith(f"{url}/"))


def _areas() -> list[tuple[str, str, bool]]:
    if not guard.may("overview.read") and not guard.has_reach():  # an owner of a client, who administers nothing else
        return [("/account", _("Your account"), False)]
    return [("/account", _("Your account"), False), ("/admin", _("Administration"), True)]
