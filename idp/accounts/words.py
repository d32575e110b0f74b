"""The words by which administrators find people: of username, address, names and `sub`, each in the plain form of `base.writing`.

A row a word, so that a search is a range of an index however many people there are. The rows follow their account by themselves.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, event, insert, inspect, select
from sqlalchemy.exc import IntegrityError

from idp.accounts.models import Account, AccountWord
from idp.base import finding
from idp.base.database import connection as present_connection
from idp.base.database import session
from idp.base.finding import WordIndex

SOURCES = ("username", "email", "given_name", "family_name", "sub", "details")
DETAILS = ("nickname", "middle_name")
WINDOW = 10_000  # accounts of one look for those of an earlier version

index = WordIndex(Account.id, AccountWord.account_id, AccountWord.word)


def of(account: Any) -> set[str]:
    """Return the words by which an account, or a row with its columns, is found."""
    details = account.details or {}
    texts = [account.username, account.email, account.given_name, account.family_name, account.sub]
    texts += [details[name] for name in DETAILS if isinstance(details.get(name), str)]
    return {word for text in texts if text for word in finding.split(text)}


def catch_up(limit: int) -> int:
    """Fold the names of up to `limit` accounts that an earlier version wrote beside this one; return how many.

    Of two that it let have the same username, the younger stays without a folded one, and signs in by the address. Accounts without
    words are looked for among the newest, further back as long as there are some: who came before the upgrade has them from there.
    """
    done = _fold(Account.username.is_not(None) & Account.username_folded.is_(None), limit)
    newest = select(Account.id).order_by(Account.id.desc())
    end: int | None = session().scalar(newest.limit(1))
    while end is not None and done < limit:
        begin = session().scalar(newest.where(Account.id <= end).offset(WINDOW - 1).limit(1)) or 0
        has_words = select(1).where(AccountWord.account_id == Account.id).exists()
        found = _fold(Account.id.between(begin, end) & ~has_words, limit - done)
        done += found
        end = begin - 1 if found and begin else None
    return done


def _fold(which: ColumnElement[bool], limit: int) -> int:
    query = select(Account).where(which).order_by(Account.id).limit(limit)
    done = 0
    for account in session().scalars(query.with_for_update(skip_locked=True)).all():
        _write(present_connection(), account.id)
        try:
            with session().begin_nested():
                account.username = account.username  # noqa: PLW0127 - the folded one follows
            done += 1
        except IntegrityError:
            session().refresh(account)
    return done


@event.listens_for(Account, "after_insert")
def _note_new(_mapper: Any, connection: Connection, account: Account) -> None:
    _write(connection, account.id)


@event.listens_for(Account, "after_update")
def _note_change(_mapper: Any, connection: Connection, account: Account) -> None:
    attributes = inspect(account).attrs
    if any(attributes[name].history.has_changes() for name in SOURCES):
        _write(connection, account.id)


@event.listens_for(Account, "before_delete")
def _note_end(_mapper: Any, connection: Connection, account: Account) -> None:
    _forget(connection, account.id)


def _write(connection: Connection, account_id: int) -> None:
    """Write the words anew, of the row as it is now: another request may have changed it since this one read it."""
    _forget(connection, account_id)
    columns = [getattr(Account, name) for name in SOURCES]
    row = connection.execute(select(*columns).where(Account.id == account_id)).one()
    rows = [{"account_id": account_id, "word": word} for word in sorted(of(row))]
    if rows:
        connection.execute(insert(AccountWord), rows)


def _forget(connection: Connection, account_id: int) -> None:
    connection.execute(delete(AccountWord).where(AccountWord.account_id == account_id))
