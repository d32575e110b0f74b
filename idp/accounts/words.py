"""The words by which administrators find people: of username, address, names, `sub` and custom attributes, each in the plain form of
`base.writing`.

A row a word, so that a search is a range of an index however many people there are. The rows follow their account by themselves.
"""

from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from idp.accounts.models import Account, AccountWord
from idp.base import finding
from idp.base.database import connection, session
from idp.base.finding import WordIndex

DETAILS = ("nickname", "middle_name")


def of(account: Any) -> set[str]:
    """Return the words by which an account, or a row with its columns, is found."""
    details = account.details or {}
    texts = [account.username, account.email, account.given_name, account.family_name, account.sub]
    texts += [details[name] for name in DETAILS if isinstance(details.get(name), str)]
    texts += [value for value in (account.attributes or {}).values() if isinstance(value, str)]
    return {word for text in texts if text for word in finding.split(text)}


index = WordIndex(
    key=Account.id,
    owner=AccountWord.account_id,
    value=AccountWord.word,
    newest=Account.id,
    sources=("username", "email", "given_name", "family_name", "sub", "details", "attributes"),
    of=of,
)


def catch_up(limit: int) -> int:
    """Fold the names of up to `limit` accounts that an earlier version wrote beside this one, and write their words; return how many.

    Of two that it let have the same username, the younger stays without a folded one, and signs in by the address.
    """
    done = _fold(limit)
    return done + index.catch_up(limit - done)


def _fold(limit: int) -> int:
    unfolded = Account.username.is_not(None) & Account.username_folded.is_(None)
    query = select(Account).where(unfolded).order_by(Account.id).limit(limit)
    done = 0
    for account in session().scalars(query.with_for_update(skip_locked=True)).all():
        index.write(connection(), account.id)
        try:
            with session().begin_nested():
                account.username = account.username  # noqa: PLW0127 - the folded one follows
            done += 1
        except IntegrityError:
            session().refresh(account)
    return done
