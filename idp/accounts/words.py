"""The words by which administrators find people: of username, address, names and `sub`, each in the plain form of `base.writing`.

A row a word, so that a search is a range of an index however many people there are. The rows follow their account by themselves.
"""

import sys
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, event, func, insert, inspect, select
from sqlalchemy.exc import IntegrityError

from idp.accounts.models import Account, AccountWord
from idp.base import writing
from idp.base.database import connection as present_connection
from idp.base.database import session

SOURCES = ("username", "email", "given_name", "family_name", "sub", "details")
DETAILS = ("nickname", "middle_name")
LONGEST = 64  # characters of a word that count
MOST = 10  # words of one search that count: the longest
MANY = 5000  # entries of the index that are too many to be looked at for one word


def of(account: Any) -> set[str]:
    """Return the words by which an account, or a row with its columns, is found."""
    details = account.details or {}
    texts = [account.username, account.email, account.given_name, account.family_name, account.sub]
    texts += [details[name] for name in DETAILS if isinstance(details.get(name), str)]
    return {word for text in texts if text for word in split(text)}


def split(text: str) -> list[str]:
    """Return the words of a text, as long as they count."""
    return [word[:LONGEST] for word in writing.words(text)]


def conditions(term: str) -> list[ColumnElement[bool]]:
    """Return what an account must fulfil whose words begin with those of a search, in any order; nothing for no words.

    Words that few people have are looked up in the index, and what is found for each is compared; of those that many have, such as
    the end of an address, only the people found are asked.
    """
    counted = sorted(set(split(term)), key=lambda word: (-len(word), word))[:MOST]
    sizes = {word: _count(word) for word in counted}
    wanted = sorted(counted, key=lambda word: sizes[word])  # SQLite begins with the first
    leading = [word for word in wanted if sizes[word] < MANY] or wanted[:1]
    found: list[ColumnElement[bool]] = [
        Account.id.in_(select(AccountWord.account_id).where(_begins(word))) for word in leading
    ]
    for word in wanted:
        if word not in leading:
            found.append(select(1).where(AccountWord.account_id == Account.id, _begins(word)).exists())
    return found


def _count(word: str) -> int:
    """Return how many entries of the index begin with a word, as far as it matters."""
    some = select(1).where(_begins(word)).limit(MANY).subquery()
    return session().scalar(select(func.count()).select_from(some)) or 0


def _begins(word: str) -> ColumnElement[bool]:
    return (AccountWord.word >= word) & (AccountWord.word < _behind(word))


def _behind(word: str) -> str:
    """Return the first text after all that begin with a word, by code points."""
    last = ord(word[-1]) + 1
    return word[:-1] + chr(0xE000 if last == 0xD800 else min(last, sys.maxunicode))


def catch_up(limit: int) -> int:
    """Fold the names of up to `limit` accounts that an earlier version wrote beside this one; return how many.

    Of two that it let have the same username, the younger stays without a folded one, and signs in by the address.
    """
    forgotten = Account.username.is_not(None) & Account.username_folded.is_(None)
    has_words = select(1).where(AccountWord.account_id == Account.id).exists()
    query = select(Account).where(forgotten | ~has_words).order_by(Account.id).limit(limit)
    rows = session().scalars(query.with_for_update(skip_locked=True)).all()
    done = 0
    for account in rows:
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
