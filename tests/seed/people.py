"""The rows of people: accounts with their words and factors, browsers, consents, and what waits for somebody."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from types import SimpleNamespace

from idp.accounts import words
from idp.base.writing import fold
from tests.seed import names
from tests.seed.filling import Row
from tests.seed.times import Times

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/18.6 Mobile/15E148 Safari/604.1",
)


def identifier(random: Random) -> str:
    """Return an identifier as the server makes them."""
    return "".join(random.choices(LETTERS, k=22))


def address(random: Random) -> str:
    """Return where somebody comes from: networks of many, mostly version 4."""
    if random.random() < 0.2:
        return f"2001:db8:{random.getrandbits(12):x}:{random.getrandbits(12):x}::{random.randrange(1, 50):x}"
    return f"{random.choice((10, 172, 198, 203))}.{random.getrandbits(5)}.{random.getrandbits(8)}.{random.randrange(1, 255)}"


@dataclass
class People:
    """So many accounts; `subs` and `emails` are those of the number behind them, once `accounts` was read to its end."""

    count: int
    random: Random
    times: Times
    password_hash: str

    ACCOUNTS = (
        *(
            "id",
            "sub",
            "email",
            "email_verified_at",
            "username",
            "username_folded",
            "given_name",
            "family_name",
            "details",
        ),
        *("password_hash", "is_admin", "token_epoch", "created_at", "updated_at", "last_sign_in_at", "disabled_at"),
        *("second_factor_since", "is_vouched_for"),
    )
    WORDS = ("account_id", "word")
    DEVICES = ("digest", "account_id", "user_agent", "created_at", "last_seen_at")
    AUTHENTICATORS = ("id", "account_id", "name", "sealed_secret", "last_step", "created_at", "confirmed_at")
    RECOVERY_CODES = ("digest", "account_id", "created_at", "used_at")
    PROOFS = (
        *("purpose", "holder", "account_id", "email", "token_digest", "tries", "created_at", "code_expires_at"),
        "expires_at",
    )
    IDENTITIES = ("id", "account_id", "provider", "subject", "name", "linked_at")
    HELD = ("digest", "account_id", "held_until")
    COUNTERS = ("key_digest", "holder", "failures", "blocked_until", "last_failure_at", "is_lasting")

    def __post_init__(self) -> None:
        self.subs: list[str] = [""]
        self.emails: list[str] = [""]
        self._words: list[tuple[int, list[str]]] = []

    def accounts(self) -> Iterator[Row]:
        """Yield the rows of accounts, and keep the words of each."""
        random, times = self.random, self.times
        for number in range(1, self.count + 1):
            given, family = names.person(random)
            email = f"{random.choice(names.PLAIN)}.{random.choice(names.PLAIN)}{number}@{random.choice(names.HOSTS)}"
            username = f"{random.choice(names.PLAIN)}{number}" if random.random() < 0.6 else None
            sub, created, verified = identifier(random), times.past(730), random.random() < 0.98
            factor = created if verified and random.random() < 0.05 else None
            details = {"nickname": given[:3]} if given and random.random() < 0.1 else {}
            self.subs.append(sub)
            self.emails.append(email)
            yield (
                *(number, sub, email, created if verified else None, username, fold(username) if username else None),
                *(
                    given,
                    family,
                    json.dumps(details),
                    self.password_hash,
                    False,
                    random.choice((0, 0, 0, 1, 2)),
                    created,
                ),
                *(
                    created,
                    times.past(60) if verified else None,
                    created if random.random() < 0.01 else None,
                    factor,
                    False,
                ),
            )
            found = words.of(
                SimpleNamespace(
                    details=details,
                    attributes=None,
                    username=username,
                    email=email,
                    given_name=given,
                    family_name=family,
                    sub=sub,
                )
            )
            self._words.append((number, sorted(found)))

    def words(self) -> Iterator[Row]:
        """Yield the words of every account."""
        for number, found in self._words:
            for word in found:
                yield number, word
        self._words.clear()

    def devices(self) -> Iterator[Row]:
        """Yield one and a half known browsers an account; a few have not been seen for a year."""
        for _ in range(self.count * 3 // 2):
            seen = self.times.past(368)
            yield self.random.randbytes(32), self._somebody(), self.random.choice(AGENTS), seen, seen

    def authenticators(self) -> Iterator[Row]:
        """Yield authenticator apps, some of which nobody confirmed."""
        for number in range(self.count // 20):
            created = self.times.past(700)
            confirmed = created if number % 20 else None
            yield identifier(self.random), self._somebody(), "Phone", self.random.randbytes(60), 0, created, confirmed

    def recovery_codes(self) -> Iterator[Row]:
        """Yield recovery codes."""
        for _ in range(self.count // 2):
            yield self.random.randbytes(32), self._somebody(), self.times.past(700), None

    def proofs(self) -> Iterator[Row]:
        """Yield what mails of these days carry; half of it has expired."""
        for number in range(1, self.count // 50 + 1):
            created, until = self.times.past(1), self.times.around(1)
            holder = f"account/{number}"
            yield (
                *(
                    "reset-password",
                    holder,
                    number,
                    self.emails[number],
                    self.random.randbytes(32),
                    0,
                    created,
                    created,
                ),
                until,
            )

    def identities(self) -> Iterator[Row]:
        """Yield what one of ten is called by other providers."""
        for number in range(1, self.count // 10 + 1):
            yield (
                number,
                number,
                self.random.choice(("google", "github")),
                str(10**9 + number),
                "",
                self.times.past(700),
            )

    def held_names(self) -> Iterator[Row]:
        """Yield names that were left."""
        for number in range(1, self.count // 100 + 1):
            yield self.random.randbytes(32), number, self.times.around(30)

    def counters(self) -> Iterator[Row]:
        """Yield counters of failures, of accounts and of nobody."""
        for _ in range(self.count // 20):
            failed = self.times.past(2)
            holder = f"account/{self._somebody()}" if self.random.random() < 0.5 else None
            yield self.random.randbytes(32), holder, self.random.randrange(1, 6), failed, failed, False

    def _somebody(self) -> int:
        return self.random.randrange(1, self.count + 1)
