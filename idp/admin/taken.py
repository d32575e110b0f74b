"""The account that an administrator acts on: found by its subject, and held until the commit."""

from http import HTTPStatus

from flask import abort

from idp.accounts import lookup
from idp.accounts.models import Account
from idp.admin import guard


def find(sub: str) -> Account:
    """Return somebody's account; 404 where there is none."""
    return lookup.find_by_sub(sub) or abort(HTTPStatus.NOT_FOUND)


def take(sub: str, permission: str, *, in_reach: bool = False) -> Account:
    """Return an account to act on, held until the commit, and so is the administrator's own; with `in_reach` as `guard.take`."""
    return guard.take(find(sub).id, permission, in_reach=in_reach)
