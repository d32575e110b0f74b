"""Who hears of whom: a client hears of people who have let it in, and of what they let it read; of everybody where administrators say so.

Looked up for many events at once. What a person withdrew counts no more, but for the news that they did so.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy import or_, select

from idp.base import clock
from idp.base.database import session
from idp.clients import known
from idp.clients.metadata import SIGNALS_EVERYBODY_SCOPE, SIGNALS_SCOPE
from idp.clients.registered import RegisteredClient
from idp.oauth.claims_request import PREFIX, SCOPE_OF
from idp.oauth.models import Consent, Grant
from idp.signals.models import SignalExclusion
from idp.signals.news import News

Pair = tuple[str, int]  # a client and an account


@dataclass
class Audience:
    """What is known of some people and some clients: what was allowed, and which sessions a client has been in."""

    allowed: dict[Pair, frozenset[str]] = field(default_factory=dict)
    sessions: set[tuple[str, str]] = field(default_factory=set)

    def hears(self, client: RegisteredClient, account_id: int, one: News) -> bool:
        """Return whether a client is told of a piece of news about somebody."""
        if one.client_id is not None:  # its own, whether or not the person has it still
            return one.client_id == client.client_id
        is_known = (client.client_id, account_id) in self.allowed or SIGNALS_EVERYBODY_SCOPE in client.scopes
        if one.sid is not None:
            was_there = (client.client_id, one.sid) in self.sessions
            return was_there or (is_known and SIGNALS_EVERYBODY_SCOPE in client.scopes)
        return is_known

    def agreed(self, client: RegisteredClient, account_id: int) -> frozenset[str]:
        """Return the scopes, and single claims, that somebody has allowed a client and that it still has."""
        words = self.allowed.get((client.client_id, account_id), frozenset())
        return frozenset(word for word in words if scope_of(word) in client.scopes)


def scope_of(word: str) -> str:
    """Return the scope that a word of what was allowed belongs to: a scope itself, or that of a single claim."""
    return SCOPE_OF.get(word.removeprefix(PREFIX), "") if word.startswith(PREFIX) else word


def may_read_email(words: Collection[str]) -> bool:
    """Return whether what was allowed lets a client read somebody's address."""
    return "email" in words or f"{PREFIX}email" in words


def find_receiver(client_id: str) -> RegisteredClient | None:
    """Return a client that is enabled and may hear news."""
    client = known.find(client_id)
    return client if client is not None and SIGNALS_SCOPE in client.scopes else None


def look(client_ids: Collection[str], account_ids: Collection[int], sids: Collection[str]) -> Audience:
    """Find out which of these clients know which of these people, and were in which of these sessions."""
    found = Audience()
    if not client_ids or not account_ids:
        return found
    allowed: dict[Pair, set[str]] = defaultdict(set)
    given = select(Consent.client_id, Consent.account_id, Consent.scope)
    for row in session().execute(given.where(Consent.account_id.in_(account_ids), Consent.client_id.in_(client_ids))):
        allowed[row.client_id, row.account_id].update(row.scope.split())
    was_used = or_(Grant.redeemed_at.is_not(None), Grant.last_used_at.is_not(None))
    live = select(Grant.client_id, Grant.account_id, Grant.scope).where(
        Grant.account_id.in_(account_ids), Grant.client_id.in_(client_ids), was_used
    )
    for row in session().execute(live.where(Grant.revoked_at.is_(None), Grant.expires_at > clock.now())):
        allowed[row.client_id, row.account_id].update(row.scope.split())
    found.allowed = {pair: frozenset(words) for pair, words in allowed.items()}
    if sids:
        was_in = select(Grant.client_id, Grant.session_id).where(Grant.session_id.in_(sids), was_used).distinct()
        found.sessions = {(row.client_id, row.session_id) for row in session().execute(was_in)}
    return found


def excluded(stream_id: str, subjects: Iterable[str]) -> set[str]:
    """Return those of these subjects of whom a receiver does not want to hear."""
    asked = set(subjects)
    if not asked:
        return set()
    query = select(SignalExclusion.subject).where(SignalExclusion.stream_id == stream_id)
    return set(session().scalars(query.where(SignalExclusion.subject.in_(asked))))
