"""Publishing terms, ending them, accepting them, and whether somebody has still to do so.

Whoever publishes or ends terms is alone with it until the commit, by the policy that says which version is in force.
"""

from typing import Protocol

from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from idp import audit, policies
from idp.accounts import telling
from idp.accounts.models import Account
from idp.base import clock, writing
from idp.base.database import connection, insert_into, session
from idp.base.outcome import Reason, Refused
from idp.policies import Rule
from idp.terms.models import LARGEST_ID, LONGEST_NAME, LONGEST_SUMMARY, LONGEST_TEXT, TermsAcceptance, TermsVersion

NONE = 0
RULE = Rule("terms", NONE, read=int, write=int)  # the number of the version in force, or that there are none
PAGE = "/admin/terms"


class Somebody(Protocol):
    """An account, or what was read of one."""

    @property
    def terms_version(self) -> int | None:
        """The version that was accepted last."""


def in_force() -> int:
    """Return the number of the version in force, as this process knows it; `NONE` for none. The database is not asked."""
    return policies.recall(RULE)


def are_due(whom: Somebody) -> bool:
    """Return whether somebody has still to accept the version in force. The database is not asked."""
    return (whom.terms_version or NONE) < in_force()


def find(number: int) -> TermsVersion | None:
    """Return a version, in force or not."""
    return session().get(TermsVersion, number) if 0 < number <= LARGEST_ID else None


def listing() -> Select[TermsVersion]:
    """Return the query for all versions, the newest first."""
    return select(TermsVersion).order_by(TermsVersion.id.desc())


def acceptances(number: int) -> Select[TermsAcceptance]:
    """Return the query for who has accepted a version."""
    return select(TermsAcceptance).where(TermsAcceptance.version_id == number)


def tidy(name: str, text: str, summary: str) -> tuple[str, str, str]:
    """Return the parts of a version as they are kept."""
    return writing.tidy(name).strip(), text.replace("\r\n", "\n").strip(), summary.strip()


def publish(name: str, text: str, summary: str = "", *, actor: str) -> TermsVersion | list[Refused]:
    """Put a new version in force, which everybody has to accept, and tell the owners.

    Refusals: POLICY_INVALID, with member and sentence.
    """
    name, text, summary = tidy(name, text, summary)
    policies.hold(RULE)
    refusals = _check(name, text, summary)
    if refusals:
        return refusals
    version = TermsVersion(name=name, text=text, summary=summary, published_at=clock.now(), published_by=actor)
    session().add(version)
    session().flush()
    audit.record("terms.published", actor=actor, version=name, number=version.id)
    policies.put(RULE, version.id, actor=actor)
    told = _(
        "New terms of service are in force: %(name)s. Everybody is asked to accept them at the next page.", name=name
    )
    telling.tell_owners(told, actor=actor, path=PAGE)
    return session().get_one(TermsVersion, version.id)


def end(*, actor: str) -> bool:
    """Let there be no terms from now on; what was accepted stays recorded. False where there are none."""
    present = policies.hold(RULE)
    if present == NONE:
        return False
    version = find(present)
    audit.record("terms.ended", actor=actor, version=version.name if version is not None else None, number=present)
    policies.put(RULE, NONE, actor=actor)
    telling.tell_owners(_("Nobody is asked to accept terms of service any more."), actor=actor, path=PAGE)
    return True


def accept(account: Account, number: int, *, source: str) -> bool:
    """Record that somebody, whose account is held, accepts a version; False where that is not the one in force, or not any more."""
    version = find(number)
    if version is None or policies.share(RULE) != number:
        return False
    values = {"account_id": account.id, "version_id": number, "accepted_at": clock.now()}
    new = insert_into(TermsAcceptance).values(**values).on_conflict_do_nothing().returning(TermsAcceptance.version_id)
    if connection().execute(new).first() is not None:
        audit.record("terms.accepted", subject=account.sub, source=source, version=version.name, number=number)
    account.terms_version = number
    session().flush()
    return True


def _check(name: str, text: str, summary: str) -> list[Refused]:
    wrong = []
    if not 0 < len(name) <= LONGEST_NAME:
        wrong.append(
            _refuse("name", _("Enter a name of 1 to %(most)s characters, such as 2027-01.", most=LONGEST_NAME))
        )
    elif session().scalar(select(func.count()).select_from(TermsVersion).where(TermsVersion.name == name)):
        wrong.append(_refuse("name", _("There is a version of this name already.")))
    if any("\0" in part for part in (name, text, summary)):
        wrong.append(_refuse("text", _("This has a character that cannot be used.")))
    if not text:
        wrong.append(_refuse("text", _("Enter the terms.")))
    if len(text) > LONGEST_TEXT:
        wrong.append(_refuse("text", _("Use at most %(most)s characters.", most=LONGEST_TEXT)))
    if len(summary) > LONGEST_SUMMARY:
        wrong.append(_refuse("summary", _("Use at most %(most)s characters.", most=LONGEST_SUMMARY)))
    return wrong


def _refuse(member: str, sentence: str) -> Refused:
    return Refused(Reason.POLICY_INVALID, member, detail=sentence)
