"""How tokens come about, in any order: codes, refresh tokens, tokens of apps' own, and what is exchanged for any of them."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from idp.base import clock
from tests.factories import Provider
from tests.oauth.families.model import GRACE, App, Family, Rule, Session, Someone, Token, exchanged, find_rule
from tests.oauth.families.parties import Parties

Item = TypeVar("Item")

LIFE, CODE_LIFE, REFRESH_LIFE = timedelta(minutes=10), timedelta(seconds=60), timedelta(days=30)
NEW_SIGN_IN = timedelta(minutes=40)  # before a session that nobody uses is over
KEYS = st.sampled_from([None, "ES256", "ES256", "EdDSA"])
NUMBERS = st.integers(0, 5)  # of one of those that there are, the youngest first
KINDS = st.sampled_from(["access_token", "access_token", "access_token", "id_token", "refresh_token"])
ALL = frozenset({"openid", "read", "write"})


def pick(items: list[Item], number: int) -> Item | None:
    """Return one of those that there are, if any."""
    return items[-1 - number % len(items)] if items else None


class Issuing(RuleBasedStateMachine):
    """Two people, three apps that they sign in to, and two services that exchange what they are given."""

    def __init__(self, provider: Provider, seen: set[str], ends: Iterator[str]) -> None:
        super().__init__()
        self.seen, self.ends, self.time = seen, ends, ExitStack()
        self.parties = parties = Parties(provider)
        self.apps, self.api, self.store = [parties.shop, parties.phone, parties.wallet], parties.api, parties.store
        self.sessions: list[Session] = []
        self.families: list[Family] = []
        self.access: list[Token] = []
        self.refreshing: list[Token] = []
        self.identifying: list[Token] = []
        self.rules: list[Rule] = []
        for subject in self.apps:
            self.put(Rule(self.api, subject, self.store, ALL, delegates=True, once=subject is parties.wallet))
        self.put(Rule(self.store, self.api, None, ALL, delegates=False, once=False))
        self.put(Rule(parties.shop, parties.shop, None, ALL, delegates=False, once=False))
        for number in range(3):
            self.ask(0, number, offline=True, less=False)
        self.ask_for_oneself(0, None)
        self.try_exchange("access_token", self.access[-1], self.store, None, None, None)
        self.try_exchange("id_token", self.identifying[0], self.api, self.store, None, None)
        own = next(token for token in self.refreshing if token.app is parties.shop)
        self.try_exchange("refresh_token", own, parties.shop, None, None, None)

    def put(self, wanted: Rule) -> None:
        """Set a rule, in the place of the one of the same pair."""
        self.parties.put(wanted)
        key = (wanted.app, wanted.subject, wanted.audience)
        self.rules = [one for one in self.rules if (one.app, one.subject, one.audience) != key] + [wanted]

    @property
    def exchangers(self) -> list[App]:
        """Those that may exchange anything."""
        return [self.api, self.store, self.parties.shop]

    @rule(who=st.integers(0, 1), number=st.integers(0, 2), offline=st.booleans(), less=st.booleans())
    def ask(self, who: int, number: int, offline: bool, less: bool) -> None:
        """Sign in where that is needed, allow an app what it asks for, and have it redeem its code, mostly at once."""
        someone, app = self.parties.people[who], self.apps[number]
        self.let_in(someone, app)
        wanted = ["openid", "read", *([] if less else ["write"]), *(["offline_access"] if offline else [])]
        session = self.sign_in(someone)
        asked = {"scope": " ".join(wanted)} | ({"prompt": "consent"} if offline else {})
        code = session.browser.answer(app.client, **asked)["code"]
        scopes, until = frozenset(wanted) & app.scopes, clock.now() + CODE_LIFE
        self.families.append(Family(app, session, someone.epoch, scopes, offline, code, until))
        if not (less and offline):
            self.redeem(0, "ES256" if app.is_bound else None)

    def let_in(self, someone: Someone, app: App) -> None:
        """Open what is closed of these."""
        if someone.is_disabled:
            self.parties.set_disabled(someone, False)
        if app.is_disabled:
            self.parties.turn(app, False)
        someone.is_disabled = app.is_disabled = False

    def sign_in(self, someone: Someone) -> Session:
        """Return the newest live session of somebody, or a new one."""
        now = clock.now()
        live = [one for one in self.sessions if one.whose is someone and one.is_usable(now, NEW_SIGN_IN)]
        if not live:
            live = [Session(someone, self.parties.provider.browser(someone.person), now)]
            self.sessions += live
        return live[-1]

    @rule(number=NUMBERS, key=KEYS)
    def redeem(self, number: int, key: str | None) -> None:
        """Show a code, perhaps once more: a second time ends what came of the first."""
        family = pick(self.families, number)
        if family is None or family.app.is_deleted:
            return
        app, shows = family.app, key is not None or not family.app.is_bound
        is_new = not family.is_redeemed and clock.now() < family.code_until and not family.session.is_over
        is_good = is_new and not family.is_dead() and app.is_open and shows
        answer = self.parties.redeem(family, key)
        assert (answer.status_code == 200) is is_good, answer.text
        if is_good:
            family.is_redeemed, family.key = True, key if app.rotates else None
            self.take(answer.json, app, family, family.scopes, key)
        elif family.is_redeemed and app.is_open and shows:
            self.end_family(family, "a code came again")

    @rule(number=NUMBERS, key=KEYS)
    def refresh(self, number: int, key: str | None) -> None:
        """Use a refresh token, mostly with its own key."""
        token = pick(self.refreshing, number)
        if token is not None and not token.app.is_deleted:
            bound = token.family.key if token.family is not None else None
            self.use(token, key if number % 2 else bound)

    def use(self, token: Token, key: str | None) -> None:
        """Show a refresh token with a key; one that was rotated before the grace window ends its family."""
        family, app, now = token.family, token.app, clock.now()
        assert family is not None
        is_good, shows = token.may_refresh(now, key), key is not None or not app.is_bound
        answer = self.parties.send(app, key, grant_type="refresh_token", refresh_token=token.value)
        assert (answer.status_code == 200) is is_good, (answer.text, token)
        if is_good:
            token.rotated_at = (token.rotated_at or now) if app.rotates else None
            token.until = token.until if app.rotates else now + REFRESH_LIFE
            self.note("a token was refreshed")
            self.take(answer.json, app, family, family.scopes, key)
        elif token.rotated_at is not None and not token.is_in_grace(now) and app.is_open and shows:
            self.end_family(family, "a refresh token came again")

    @rule(number=NUMBERS, waits=st.booleans())
    def refresh_again(self, number: int, waits: bool) -> None:
        """Use a rotated token once more, with its own key, mostly when the grace window is over."""
        token = pick([one for one in self.refreshing if one.rotated_at is not None and one.app.is_open], number)
        if token is not None and token.family is not None:
            if waits or number % 2:
                self.time.enter_context(clock.moved(GRACE))
            self.use(token, token.family.key)

    def end_family(self, family: Family, why: str) -> None:
        """End what came of a grant, if that was good still."""
        if not family.is_dead():
            self.note(why)
            family.is_over = True

    @rule(number=st.integers(0, 1), key=KEYS)
    def ask_for_oneself(self, number: int, key: str | None) -> None:
        """Have a service get a token of its own."""
        app = self.exchangers[number]
        if app.is_open:
            answer = self.parties.send(app, key, grant_type="client_credentials", scope="read write")
            self.take(answer.json, app, None, frozenset({"read", "write"}), key)

    @rule(kind=KINDS, number=NUMBERS, which=st.integers(0, 9), key=KEYS, acts=st.booleans())
    def exchange(self, kind: str, number: int, which: int, key: str | None, acts: bool) -> None:
        """Exchange a token by some rule, for whom that is about or another one, mostly with its own key."""
        wanted = pick(self.rules, which)
        if wanted is None:
            return
        shown = {"access_token": self.access, "id_token": self.identifying, "refresh_token": self.refreshing}[kind]
        fitting = [one for one in shown if one.app is wanted.subject]
        token = pick(fitting or shown, number)
        app = wanted.app if which % 4 else self.exchangers[number % 3]
        if token is None or app.is_deleted or (wanted.audience is not None and wanted.audience.is_deleted):
            return
        own = pick([one for one in self.access if one.app is app and one.family is None], number)
        self.try_exchange(
            kind, token, app, wanted.audience, key if which % 3 == 1 else token.key, own if acts else None
        )

    def try_exchange(
        self, kind: str, token: Token, app: App, audience: App | None, key: str | None, actor: Token | None
    ) -> None:
        """Exchange a token, perhaps with a token of one's own that says who acts; see that it succeeds only where it may."""
        now, shown = clock.now(), token if kind == "access_token" else self.stand_in(kind, token)
        found = find_rule(self.rules, app, token.app, audience)
        scopes = exchanged(shown, found, app, audience, key, now) if shown is not None else None
        if kind == "refresh_token" and token.app is not app:
            scopes = None
        if found is not None and actor is not None:
            is_right = found.delegates and not actor.is_dead(now) and actor.key in (None, key)
            scopes = scopes if is_right else None
        answer = self.parties.exchange(app, token, kind, audience, key, actor)
        assert (answer.status_code == 200) is (scopes is not None), (answer.text, kind, token, found)
        if scopes is None or shown is None or found is None:
            return
        self.note(f"{kind} was exchanged" if shown.family is not None else "an app's own token was exchanged")
        if found.once:
            token.exchanged_by.add(app)
        until = min(one.until for one in (shown, actor) if one is not None)
        new = self.take(answer.json, app, shown.family, scopes, key)
        new.audience, new.through, new.until = audience, (*shown.through, token.app), min(new.until, until)

    def stand_in(self, kind: str, token: Token) -> Token | None:
        """Return what a token stands for that is none for APIs: an ID token for the newest grant of its sign-in, if that has one."""
        family = token.family
        assert family is not None
        if kind == "refresh_token":
            return replace(token, scopes=family.scopes, until=clock.now() + REFRESH_LIFE, key=None)
        if token.is_pairwise != family.app.is_pairwise:
            return None  # it names nobody that the app knows by now
        mine = [one for one in self.families if (one.app, one.session) == (family.app, family.session)]
        live = [one for one in mine if not one.is_dead()]
        return replace(token, family=live[-1], scopes=live[-1].scopes) if live else None

    def take(
        self, answer: dict[str, Any], app: App, family: Family | None, scopes: frozenset[str], key: str | None
    ) -> Token:
        """Remember the tokens of an answer, and return the access token."""
        now = clock.now()
        until = datetime.fromtimestamp(int(now.timestamp()), UTC) + LIFE
        access = Token(answer["access_token"], app, scopes & app.scopes, until, family, key)
        self.access.append(access)
        if "id_token" in answer:
            self.identifying.append(
                Token(answer["id_token"], app, frozenset(), until, family, is_pairwise=app.is_pairwise)
            )
        if "refresh_token" in answer and app.rotates | (answer["refresh_token"] not in self.known_refresh_tokens):
            self.refreshing.append(Token(answer["refresh_token"], app, frozenset(), now + REFRESH_LIFE, family))
        return access

    @property
    def known_refresh_tokens(self) -> set[str]:
        """The refresh tokens that there are."""
        return {token.value for token in self.refreshing}

    def note(self, what: str) -> None:
        """Remember that something happened at all, in any example."""
        self.seen.add(what)
