"""Pages: /admin/people, to find, disable and unlock accounts, end their sessions, start resets and remove lost factors.

What ends or grants something is asked once more, on a page of its own, and told by mail (`accounts.telling`). Nobody's password is chosen
or seen here; the rules live in `accounts`.
"""

from datetime import date
from http import HTTPStatus

from flask import Blueprint, abort, flash
from flask_babel import gettext as _
from sqlalchemy import select

from idp import audit, sessions
from idp.accounts import attribute_values, credentials, erasure, lookup, service, supporting, telling
from idp.accounts.authority import holding
from idp.accounts.authority.permissions import limited_title, titles
from idp.accounts.models import Account
from idp.admin import guard, job_views, paging, questions
from idp.admin.guard import administers
from idp.admin.navigation import actor, administrator, show
from idp.admin.taken import find, take
from idp.attributes import known
from idp.base import user_agents
from idp.base.finding import Found
from idp.base.http import limited
from idp.base.outcome import Reason, Refused
from idp.base.phrases import phrase
from idp.factors import service as factors
from idp.groups import ending, reach
from idp.groups import lookup as groups
from idp.oauth.models import Consent
from idp.roles import giving
from idp.sessions.ending import BY_ADMINISTRATOR
from idp.signin import login
from idp.signin.pages import Page, go

bp = Blueprint("people", __name__, url_prefix="/people")

RECENT_EVENTS = 15
SHOWN_SESSIONS = 50


@bp.get("")
@administers("people.read", in_reach=True)
def show_people() -> Page:
    """List and search accounts; for who reaches some groups' people, those alone."""
    term = paging.term()
    rows = paging.cut(_search(term))
    return show("people.html", rows=rows, term=term, acts=job_views.offered())


@bp.get("/<sub>")
@administers("people.read", in_reach=True)
def show_person(sub: str) -> Page:
    """Show one account."""
    return _show_person(find(sub))


@bp.get(f"/<sub>/<any{questions.VERBS}:verb>")
@administers("people.read", in_reach=True)
def ask(sub: str, verb: str) -> Page:
    """Ask before an act upon an account; only whoever may do it then is asked."""
    account = find(sub)
    if not guard.may_here(questions.PERMISSIONS[verb]):
        return guard.refuse()
    return _ask(account, questions.about_account(verb, account))


@bp.post("/<sub>/disable")
@limited("60 per minute")
@administers("people.write", in_reach=True)
def disable(sub: str) -> Page:
    """Disable an account; its sessions and tokens end. One that its owner closed can be kept by the owner no more."""
    account = take(sub, "people.write", in_reach=True)
    refused = service.set_disabled(account, True, actor=actor())
    return _answer(account, refused, _("The account is disabled and signed out everywhere."))


@bp.post("/<sub>/enable")
@limited("60 per minute")
@administers("people.write", in_reach=True)
def enable(sub: str) -> Page:
    """Enable an account again; one that its owner closed is kept."""
    account = take(sub, "people.write", in_reach=True)
    refused = service.set_disabled(account, False, actor=actor())
    return _answer(account, refused, _("The account is enabled."))


@bp.post("/<sub>/unlock")
@limited("60 per minute")
@administers("people.support", in_reach=True)
def unlock(sub: str) -> Page:
    """Forget the wrong passwords counted against an account."""
    account = take(sub, "people.support", in_reach=True)
    credentials.unlock(account, actor=actor())
    return _answer(account, None, _("The account is unlocked: sign-in can be tried again at once."))


@bp.post("/<sub>/reset")
@limited("30 per minute")
@administers("people.support", in_reach=True)
def start_reset(sub: str) -> Page:
    """Send somebody a link to choose a new password; the administrator never sees it."""
    account = take(sub, "people.support", in_reach=True)
    refused = supporting.start_reset(account, actor=actor())
    return _answer(
        account, refused, _("A link to choose a new password is on its way to %(email)s.", email=account.email)
    )


@bp.post("/<sub>/sign-out")
@limited("60 per minute")
@administers("people.support", in_reach=True)
def sign_out(sub: str) -> Page:
    """End every session and token of an account; of one's own, all but the present session."""
    account = take(sub, "people.support", in_reach=True)
    present = login.current()
    own = present.browser if present is not None and present.account.id == account.id else None
    supporting.sign_out(account, keep=own, actor=actor())
    return _answer(account, None, _("Every session and every app of this account is signed out."))


@bp.get("/<sub>/sessions/<session_id>/end")
@administers("people.support", in_reach=True)
def show_session_end(sub: str, session_id: str) -> Page:
    """Ask before a session is ended."""
    account = find(sub)
    browser = sessions.find_of(account.id, session_id) or abort(HTTPStatus.NOT_FOUND)
    return _ask(account, questions.about_session(account, user_agents.describe(browser.user_agent)))


@bp.post("/<sub>/sessions/<session_id>/end")
@limited("60 per minute")
@administers("people.support", in_reach=True)
def end_session(sub: str, session_id: str) -> Page:
    """End one session."""
    account = take(sub, "people.support", in_reach=True)
    browser = sessions.find_of(account.id, session_id)
    if browser is None:
        abort(HTTPStatus.NOT_FOUND)
    sessions.end(browser.id, why=sessions.Ending(account.sub, BY_ADMINISTRATOR, actor=actor()))
    where = user_agents.describe(browser.user_agent)
    telling.signed_out(account, _("An administrator ended a session of your account: %(browser)s.", browser=where))
    return _answer(account, None, _("The session is ended."))


@bp.get("/<sub>/factors/remove")
@administers("people.factors", in_reach=True)
def show_factors_removal(sub: str) -> Page:
    """Ask before somebody's second factors are removed."""
    account = find(sub)
    if not guard.may_act_on(account) or not _may_remove_factors(account):
        return guard.refuse(Refused(Reason.NOT_PERMITTED))
    return show("person_factors.html", account=account, factors=factors.of(account), crumbs=_crumbs(account))


@bp.post("/<sub>/factors/remove")
@limited("30 per minute")
@administers("people.factors", in_reach=True)
def answer_factors_removal(sub: str) -> Page:
    """Remove every second factor of somebody who has lost them all; the person is told by mail."""
    found = find(sub)
    if not _may_remove_factors(found):
        return guard.refuse(Refused(Reason.NOT_PERMITTED))
    account = take(sub, _of_factors(found), in_reach=True)
    if not _may_remove_factors(account):  # a role was given to the person meanwhile
        return guard.refuse(Refused(Reason.NOT_PERMITTED))
    factors.reset(account, actor=actor())
    return _answer(account, None, _("Every second factor is removed. The password is what it was."))


def _search(term: str) -> Found[Account]:
    if guard.may("people.read"):
        return lookup.search(term, paging.MOST)
    return reach.search(guard.groups_in_reach(), term, paging.MOST)


def _ask(account: Account, question: questions.Question) -> Page:
    if not guard.may_act_on(account):
        return guard.refuse(Refused(Reason.NOT_PERMITTED))
    return show("confirm.html", question=question, cancel=_path(account), crumbs=_crumbs(account))


def _answer(account: Account, refused: Refused | None, done: str) -> Page:
    if refused is not None:
        return _show_person(account, refused.detail or phrase(refused))
    flash(done, "success")
    if account is not administrator() or account.is_administrator:
        return go(_path(account))
    return go("/signin?next=/admin" if account.disabled_at else "/account")


def _show_person(account: Account, *problems: str) -> Page:
    present = login.current()
    browsers = sessions.list_live(account.id, account.token_epoch, SHOWN_SESSIONS)
    apps = select(Consent.id).where(Consent.account_id == account.id)
    return show(
        "person.html",
        status=HTTPStatus.BAD_REQUEST if problems else HTTPStatus.OK,
        account=account,
        problems=problems,
        has_errors=bool(problems),
        is_held_back=credentials.is_held_back(account),
        can_be_kept=erasure.can_be_kept(account),
        browsers=[(row, user_agents.describe(row.user_agent)) for row in browsers],
        factors=factors.of(account),
        memberships=groups.memberships(account.id) if guard.may("groups.read") else [],
        given_roles=giving.roles_of(account) if guard.may("groups.read") else [],
        day_of=ending.show,
        attributes=_attributes(account),
        present_id=present.browser.id if present else None,
        apps=paging.count(apps),
        roles=_roles(account),
        may_act=guard.may_act_on(account),
        may_remove_factors=_may_remove_factors(account),
        events=audit.recent(account.sub, RECENT_EVENTS),
        crumbs=[("/admin/people", _("People"))],
    )


def _roles(account: Account) -> list[tuple[str, date | None]]:
    """Return what somebody administers, by the titles of the roles, with the last day of each."""
    if not account.is_admin:
        return []
    known_titles = titles()
    roles = [(known_titles.get(row.role, row.role), holding.last_day(row)) for row in holding.roles_of(account)]
    rows = holding.limited_of(account)
    paths = reach.paths([row.group_id for row in rows]) if rows else {}
    return roles + [(limited_title(row.role, paths[row.group_id]), holding.last_day(row)) for row in rows]


def _attributes(account: Account) -> list[tuple[str, str]]:
    texts = attribute_values.texts(account, known.custom())
    return [(one.label, texts[one.name] or "–") for one in known.custom()]


def _may_remove_factors(account: Account) -> bool:
    return guard.may_here(_of_factors(account))


def _of_factors(account: Account) -> str:
    """Return the permission to remove somebody's factors; those of administrators take one of their own."""
    return "authority.factors" if account.is_admin else "people.factors"


def _crumbs(account: Account) -> list[tuple[str, str]]:
    return [("/admin/people", _("People")), (_path(account), account.display_name)]


def _path(account: Account) -> str:
    return f"/admin/people/{account.sub}"
