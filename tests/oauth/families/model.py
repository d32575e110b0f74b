"""What should be true of every token that was ever issued, said as plainly as it can be: no SQL, none of the server's own rules."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.factories import Browser, Client, Person

GRACE = timedelta(seconds=10)  # within which a rotated token yields a sibling
MOST_ACTORS = 8


@dataclass(eq=False)
class Someone:
    """Somebody with an account."""

    person: Person
    epoch: int = 0
    is_disabled: bool = False


@dataclass(eq=False)
class Session:
    """A sign-in of somebody's browser."""

    whose: Someone
    browser: Browser
    opened_at: datetime
    is_over: bool = False

    def is_usable(self, now: datetime, life: timedelta) -> bool:
        """Return whether its browser is signed in, and was not left alone for long."""
        return not self.is_over and now - self.opened_at < life


@dataclass(eq=False)
class App:
    """A client, one registration of it: whoever is registered under its identifier later is another."""

    client: Client
    scopes: set[str]
    is_bound: bool = False  # to a key, in all that it is given
    is_disabled: bool = False
    is_deleted: bool = False
    is_pairwise: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it may do anything."""
        return not (self.is_disabled or self.is_deleted)

    @property
    def rotates(self) -> bool:
        """Whether its refresh tokens are used once."""
        return self.client.metadata.is_public


@dataclass(frozen=True)
class Rule:
    """Whose tokens an app exchanges, for whom, and whether each once; an audience of None is the server."""

    app: App
    subject: App
    audience: App | None
    scopes: frozenset[str]
    delegates: bool
    once: bool

    @property
    def names(self) -> set[App]:
        """The apps that it is about."""
        return {self.app, self.subject, *([self.audience] if self.audience is not None else [])}


@dataclass(eq=False)
class Family:
    """What somebody allowed an app once, and all that came of it."""

    app: App
    session: Session
    epoch: int
    scopes: frozenset[str]
    offline: bool
    code: str
    code_until: datetime
    is_redeemed: bool = False
    is_over: bool = False
    key: str | None = None  # of a public client's refresh tokens

    def is_dead(self) -> bool:
        """Return whether nothing of it may be good any more."""
        whose = self.session.whose
        ended = self.session.is_over and not self.offline
        return self.is_over or ended or whose.is_disabled or whose.epoch != self.epoch


@dataclass(eq=False)
class Token:
    """A token, by whom it is held, of which family, and through whom it came; without a family it is the app's own."""

    value: str
    app: App
    scopes: frozenset[str]
    until: datetime
    family: Family | None
    key: str | None = None
    audience: App | None = None  # the server
    is_pairwise: bool = False  # how an ID token names its person
    through: tuple[App, ...] = ()
    is_revoked: bool = False
    rotated_at: datetime | None = None
    exchanged_by: set[App] = field(default_factory=set)  # under a rule that allows each once

    def is_dead(self, now: datetime) -> bool:
        """Return whether the token must be good nowhere."""
        is_spent = self.is_revoked or self.rotated_at is not None or now >= self.until
        is_orphan = self.family is not None and self.family.is_dead()
        return is_spent or is_orphan or not all(app.is_open for app in (self.app, *self.through))

    def scopes_today(self) -> frozenset[str]:
        """Return what it is good for: what nobody that it came through has lost."""
        return self.scopes.intersection(*(app.scopes for app in (self.app, *self.through)))

    def is_in_grace(self, now: datetime) -> bool:
        """Return whether it was rotated so lately that it brings a sibling."""
        return self.rotated_at is not None and now - self.rotated_at < GRACE

    def may_refresh(self, now: datetime, key: str | None) -> bool:
        """Return whether it brings new tokens to its app, which proves to have a key."""
        bound = self.family.key if self.family is not None else None
        is_unspent = self.rotated_at is None or self.is_in_grace(now)
        ended = self.family is None or self.family.is_dead() or now >= self.until or not self.app.is_open
        return is_unspent and not ended and bound in (None, key) and (key is not None or not self.app.is_bound)


def find_rule(rules: list[Rule], app: App, subject: App, audience: App | None) -> Rule | None:
    """Return the rule of an app for another's tokens and an audience."""
    return next((rule for rule in rules if (rule.app, rule.subject, rule.audience) == (app, subject, audience)), None)


def exchanged(
    token: Token, rule: Rule | None, app: App, audience: App | None, key: str | None, now: datetime
) -> frozenset[str] | None:
    """Return the scopes of what an app gets for a token, None where it gets nothing."""
    # An audience is known by its identifier alone, also where another one has it by now.
    is_for_it = token.audience is None or token.audience.client.client_id == app.client.client_id
    is_there = audience is None or audience.is_open
    if rule is None or token.is_dead(now) or not (app.is_open and is_for_it and is_there):
        return None
    if token.key not in (None, key) or len(token.through) >= MOST_ACTORS or (rule.once and app in token.exchanged_by):
        return None
    return token.scopes_today() & rule.scopes & app.scopes
