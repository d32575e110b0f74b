"""How tokens end, in any order with how they come about; and that none lives which should be dead, and none is dead without a reason."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from idp.base import clock
from tests.oauth.families.issuing import ALL, NEW_SIGN_IN, NUMBERS, Issuing, pick
from tests.oauth.families.model import GRACE, App, Rule, Someone, Token

ENDS = (
    "sign_out",
    "withdraw",
    "change_password",
    "turn_account",
    "turn_app",
    "turn_scope",
    "turn_subjects",
    "replace_service",
)


class Families(Issuing):
    """What people, apps and administrators do to end tokens, and what is true after each step."""

    def teardown(self) -> None:
        """Let people in once more, replay a token and end the rest in the way whose turn it is, and use every refresh token at last."""
        try:
            for number in range(3):
                self.ask(0, number, offline=number != 1, less=False)
            rotated = next(token for token in reversed(self.refreshing) if token.app is self.parties.wallet)
            for _again in range(2):
                self.use(rotated, "ES256")
                self.time.enter_context(clock.moved(GRACE))
            self.exactly_those_live_that_should()
            self.ask(0, 2, offline=True, less=False)
            self.end(next(self.ends), 2, True)
            self.exactly_those_live_that_should()
            for token in [*self.refreshing]:
                if not token.app.is_deleted:
                    self.use(token, token.family.key if token.family is not None else None)
        finally:
            self.time.close()

    @property
    def everybody(self) -> list[App]:
        """All apps."""
        return [*self.apps, self.api, self.store]

    @rule(number=NUMBERS, is_own=st.sampled_from([True, True, False]))
    def revoke_access_token(self, number: int, is_own: bool) -> None:
        """Give an access token back, which ends it alone; an app that it was not made for is refused."""
        token = pick(self.access, number)
        if token is None or not token.app.is_open:
            return
        other = next(app for app in (self.store, self.parties.shop) if app is not token.app)
        if not is_own and not other.is_open:
            return
        is_known = clock.now() < token.until
        answer = self.parties.revoke(token.app if is_own else other, token)
        assert answer.status_code == (200 if is_own or not is_known else 400), answer.text
        if is_own and is_known:
            self.note("an access token was revoked")
            token.is_revoked = True

    @rule(number=NUMBERS)
    def revoke_refresh_token(self, number: int) -> None:
        """Give a refresh token back, rotated or not, which ends its family."""
        token = pick(self.refreshing, number)
        if token is None or not token.app.is_open:
            return
        assert self.parties.revoke(token.app, token).status_code == 200
        if clock.now() < token.until and token.family is not None:
            self.end_family(token.family, "a refresh token was revoked")

    def sign_out(self, number: int, flag: bool) -> None:
        """Sign out, which ends what is not offline."""
        now = clock.now()
        mine = [
            one
            for one in self.sessions
            if one.whose is self.parties.people[number % 2] and one.is_usable(now, NEW_SIGN_IN)
        ]
        if mine:
            mine[-1].browser.sign_out()
            mine[-1].is_over = True

    def withdraw(self, number: int, flag: bool) -> None:
        """Withdraw what somebody allowed an app."""
        someone, app = self.parties.people[number % 2], self.apps[number % 3]
        if not app.is_deleted:
            self.parties.withdraw(someone, app)
            for family in self.families:
                if family.app is app and family.session.whose is someone:
                    self.end_family(family, "a consent was withdrawn")

    def change_password(self, number: int, flag: bool) -> None:
        """Choose another password; whatever was issued before is over, also where the browser stays signed in."""
        someone = self.parties.people[number % 2]
        now = clock.now()
        mine = [one for one in self.sessions if one.whose is someone and one.is_usable(now, NEW_SIGN_IN)]
        kept = mine[-1] if mine and flag else None
        self.parties.change_password(someone, kept)
        self.end_everything_of(someone, but=kept)

    def turn_account(self, number: int, flag: bool) -> None:
        """Close an account, or open it again: nothing of before comes back."""
        someone = self.parties.people[number % 2]
        someone.is_disabled = not someone.is_disabled
        self.parties.set_disabled(someone, someone.is_disabled)
        if someone.is_disabled:
            self.end_everything_of(someone)

    def end_everything_of(self, someone: Someone, but: object = None) -> None:
        """Note that somebody begins anew."""
        someone.epoch += 1
        for session in self.sessions:
            session.is_over |= session.whose is someone and session is not but

    def turn_app(self, number: int, flag: bool) -> None:
        """Disable an app, or enable it again, whose tokens are good again then."""
        app = self.everybody[number % 5]
        app.is_disabled = not app.is_disabled
        self.parties.turn(app, app.is_disabled)

    def turn_scope(self, number: int, flag: bool) -> None:
        """Take a scope from an app, or give it back."""
        app = self.everybody[number % 5]
        app.scopes ^= {"write"}
        self.parties.amend(app, scope=" ".join(sorted(app.scopes)))

    def turn_subjects(self, number: int, flag: bool) -> None:
        """Have an app know people by other names: whatever it was granted is over, and some come again at once."""
        app = self.apps[number % 3]
        app.is_pairwise = not app.is_pairwise
        self.parties.amend(app, subject_type="pairwise" if app.is_pairwise else "public")
        for family in self.families:
            if family.app is app:
                self.end_family(family, "an app began anew")
        if flag:
            self.ask(0, number % 3, offline=True, less=False)

    def replace_service(self, number: int, flag: bool) -> None:
        """Delete a service, and register another one by its name, which inherits nothing."""
        gone = self.exchangers[number % 2]
        self.parties.delete(gone)
        self.wait(1)
        gone.is_deleted = True
        self.rules = [one for one in self.rules if gone not in one.names]
        if number % 2 == 0:
            self.api = self.parties.add_anew(gone.client.client_id)
        else:
            self.store = self.parties.add_anew(gone.client.client_id)

    @rule(how=st.sampled_from(ENDS), number=NUMBERS, flag=st.booleans())
    def end(self, how: str, number: int, flag: bool) -> None:
        """Do one of what people and administrators do."""
        getattr(self, how)(number, flag)

    @rule(
        by=st.integers(0, 2), of=st.integers(0, 4), whom=st.integers(0, 2), delegates=st.booleans(), once=st.booleans()
    )
    def add_rule(self, by: int, of: int, whom: int, delegates: bool, once: bool) -> None:
        """Let somebody exchange somebody's tokens, also back and forth."""
        audience = [None, self.api, self.store][whom]
        self.put(Rule(self.exchangers[by], self.everybody[of], audience, ALL, delegates, once))

    @rule(number=NUMBERS)
    def remove_rule(self, number: int) -> None:
        """Take a rule away: nothing more is exchanged by it, and what was lives as long as it may."""
        found = pick(self.rules, number)
        if found is not None:
            self.parties.remove(found)
            self.rules.remove(found)

    @rule(seconds=st.sampled_from([1, 9, 11, 61, 301]))
    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.time.enter_context(clock.moved(timedelta(seconds=seconds)))

    @invariant()
    def exactly_those_live_that_should(self) -> None:
        """Of every token introspection and userinfo say what the model says."""
        now = clock.now()
        for token in self.access:
            self.look_at(token, is_dead=token.is_dead(now))

    def look_at(self, token: Token, *, is_dead: bool) -> None:
        """Compare one token with what the server says of it."""
        told = self.parties.introspect(token.value)
        assert told["active"] is not is_dead, ("alive" if is_dead else "dead", token, told)
        assert is_dead or frozenset(told.get("scope", "").split()) == token.scopes_today(), (token, told)
        tells = not is_dead and token.audience is None and token.family is not None and "openid" in token.scopes_today()
        assert self.parties.is_told_of(token) is tells, (tells, token)
