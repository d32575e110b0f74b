"""People under /api/v1/people: found, told, and acted upon. They are made and changed by SCIM (/scim/v2), or by the command."""

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Response, request
from sqlalchemy import select

from idp.accounts import credentials, erasure, lookup, service, supporting
from idp.accounts.describing import describe
from idp.accounts.models import Account
from idp.api import problem
from idp.api.admission import Acting, admit, take
from idp.api.answering import LARGEST_PAGE, PATH, page, programs, read_after, read_limit, respond
from idp.api.problem import missing
from idp.base.database import session
from idp.base.outcome import Refused
from idp.factors import service as factors

bp = Blueprint("api_people", __name__, url_prefix=f"{PATH}/people")
LARGEST_NUMBER = 2**31 - 1

# Each act with the permission that it takes, and what does it.
Act = Callable[[Account, Acting], Refused | None]
ACTS: dict[str, tuple[str, Act]] = {
    "disable": ("people.write", lambda account, acting: service.set_disabled(account, True, actor=acting.actor)),
    "enable": ("people.write", lambda account, acting: service.set_disabled(account, False, actor=acting.actor)),
    "unlock": ("people.support", lambda account, acting: credentials.unlock(account, actor=acting.actor)),
    "sign-out": ("people.support", lambda account, acting: supporting.sign_out(account, actor=acting.actor)),
    "start-reset": ("people.support", lambda account, acting: supporting.start_reset(account, actor=acting.actor)),
    "remove-factors": ("people.factors", lambda account, acting: factors.reset(account, actor=acting.actor)),
}


@bp.get("")
def list_people() -> Response:
    """List people by their number, or find those with all words of `q`."""
    admit("people.read")
    limit, words = read_limit(), request.args.get("q", "").strip()
    if words:
        return respond(page([describe(account) for account in lookup.search(words, LARGEST_PAGE).rows()][:limit], None))
    query = select(Account).where(Account.id > (read_after(LARGEST_NUMBER) or 0)).order_by(Account.id).limit(limit + 1)
    found = list(session().scalars(query))
    after = str(found[limit - 1].id) if len(found) > limit else None
    return respond(page([describe(account) for account in found[:limit]], after))


@bp.get("/<sub>")
def show_person(sub: str) -> Response:
    """Tell somebody, by `sub`, address or username."""
    admit("people.read")
    found = lookup.find_by_sub(sub) or lookup.find_by_identifier(sub)
    if found is None:
        raise missing("person", sub)
    return respond(describe(found))


@bp.post(f"/<sub>/<any{tuple(ACTS)}:act>")
@programs
def act_on(sub: str, act: str) -> Response:
    """Do something to an account, as its page would, and tell it as it is then. The person is told by mail where the page tells."""
    permission, do = ACTS[act]
    acting = admit(permission)
    account = take(sub, acting)
    if act == "remove-factors" and account.is_admin and "authority.factors" not in acting.permissions:
        raise problem.Problem(HTTPStatus.FORBIDDEN, "The token does not permit to remove factors of administrators.")
    refused = do(account, acting)
    if isinstance(refused, Refused):
        raise problem.of(refused)
    return respond(describe(account))


@bp.delete("/<sub>")
@programs
def delete_person(sub: str) -> Response:
    """Erase an account, and all that belongs to it, for good."""
    acting = admit("people.write")
    refused = erasure.erase(take(sub, acting), actor=acting.actor)
    if refused is not None:
        raise problem.of(refused)
    return respond(None, HTTPStatus.NO_CONTENT)
