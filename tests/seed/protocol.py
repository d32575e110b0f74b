"""The rows of applications and of what they were granted: clients with their words, sessions, consents, grants and refresh tokens."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from types import SimpleNamespace

from idp.base.writing import plain
from idp.clients import words
from idp.clients.models import LONGEST_ORDERED
from tests.seed import names
from tests.seed.filling import Row
from tests.seed.people import AGENTS, address, identifier
from tests.seed.times import Times

SCOPES = ("openid", "openid email", "openid profile email", "openid profile email offline_access")
CALLBACK = "https://app{}.example.com/callback"


@dataclass
class Protocol:
    """So many accounts, a tenth as many clients, five grants an account and five refresh tokens."""

    count: int
    random: Random
    times: Times
    client_ids: list[str] = field(default_factory=list)

    CLIENTS = (
        *(
            "client_id",
            "client_secret_digest",
            "client_name",
            "search_text",
            "token_endpoint_auth_method",
            "redirect_uris",
        ),
        *("post_logout_redirect_uris", "grant_types", "response_types", "scope", "id_token_signed_response_alg"),
        *("require_pkce", "first_party", "created_at", "updated_at", "disabled_at", "former_secret_until"),
        *("last_used_on", "unused_since"),
    )
    WORDS = ("client_id", "word")
    ORIGINS = ("client_id", "origin")
    SESSIONS = (
        *("id", "token_digest", "account_id", "epoch", "created_at", "last_seen_at", "auth_time", "amr", "source"),
        *("user_agent", "expires_at", "ended_at"),
    )
    CONSENTS = ("id", "account_id", "client_id", "scope", "given_at")
    GRANTS = (
        *("id", "code_digest", "code_expires_at", "redeemed_at", "client_id", "account_id", "session_id", "epoch"),
        *(
            "redirect_uri",
            "scope",
            "nonce",
            "code_challenge",
            "auth_time",
            "amr",
            "offline",
            "created_at",
            "last_used_at",
        ),
        *("expires_at", "revoked_at"),
    )
    REFRESH_TOKENS = ("digest", "grant_id", "created_at", "expires_at", "rotated_at")
    REVOKED = ("jti", "expires_at")
    PENDING = ("id_digest", "client_id", "parameters", "created_at", "expires_at")
    USED = ("digest", "expires_at")

    def __post_init__(self) -> None:
        self._names: list[str] = []
        self._origins: list[tuple[str, str]] = []
        self._sessions: list[str] = []

    def clients(self) -> Iterator[Row]:
        """Yield clients; a few are disabled, a few have another secret since a while."""
        for number in range(1, max(1, self.count // 10) + 1):
            client_id, name = identifier(self.random), names.application(self.random, number)
            self.client_ids.append(client_id)
            self._names.append(name)
            callback, created = json.dumps([CALLBACK.format(number)]), self.times.past(730)
            public, grants = self.random.random() < 0.3, json.dumps(["authorization_code", "refresh_token"])
            if public:
                self._origins.append((client_id, CALLBACK.format(number).removesuffix("/callback")))
            used = self.times.after(-(number * 7 % 720))[:10]
            yield (
                *(client_id, None if public else self.random.randbytes(32), name),
                plain(f"{name}\n{client_id}")[:LONGEST_ORDERED],
                *("none" if public else "client_secret_basic", callback, "[]", grants, json.dumps(["code"]), SCOPES[3]),
                *("RS256", True, False, created, created, created if self.random.random() < 0.02 else None),
                self.times.around(1) if self.random.random() < 0.01 else None,
                *(used if number % 10 else None, used),
            )

    def words(self) -> Iterator[Row]:
        """Yield the words of every client."""
        for client_id, name in zip(self.client_ids, self._names, strict=True):
            for word in sorted(words.of(SimpleNamespace(client_id=client_id, client_name=name))):
                yield client_id, word

    def origins(self) -> Iterator[Row]:
        """Yield the origins of every public client."""
        yield from self._origins

    def sessions(self) -> Iterator[Row]:
        """Yield one and a half sessions an account: a day of those that go on, and a day of those that purges leave for now."""
        for _ in range(self.count * 3 // 2):
            number, begin = identifier(self.random), -self.random.random() * 2
            began, until = self.times.after(begin), self.times.after(begin + 1)
            ended = began if self.random.random() < 0.1 else None
            self._sessions.append(number)
            yield (
                *(number, self.random.randbytes(32), self._somebody(), 0, began, self.times.after(begin / 2), began),
                *('["pwd"]', address(self.random), self.random.choice(AGENTS), until, ended),
            )

    def consents(self) -> Iterator[Row]:
        """Yield two consents an account."""
        last, clients = self.count + 1, len(self.client_ids)
        for number in range(1, 2 * self.count + 1):
            account = number % last or last - 1
            client = self.client_ids[(number * 7 + number // last) % clients]
            yield number, account, client, self.random.choice(SCOPES), self.times.past(700)

    def grants(self) -> Iterator[Row]:
        """Yield five grants an account, a few of them over since half an hour, a few revoked; most clients have few, some very many."""
        random, times, clients = self.random, self.times, len(self.client_ids)
        for number in range(1, 5 * self.count + 1):
            age = random.random() * 90
            created = times.after(-age)
            session = self._sessions[random.randrange(len(self._sessions))] if random.random() < 0.5 else None
            until = times.after(90 - age) if number % 50 else times.after(-random.random() / 48)
            yield (
                *(number, random.randbytes(32), created, created, self.client_ids[int(clients * random.random() ** 3)]),
                *(self._somebody(), session, 0, CALLBACK.format(number % clients), SCOPES[3], "n-0S6_WzA2Mj"),
                *("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", created, '["pwd"]', True, created, created, until),
                created if random.random() < 0.03 else None,
            )

    def refresh_tokens(self) -> Iterator[Row]:
        """Yield a refresh token a grant; a third were rotated."""
        random, times = self.random, self.times
        for number in range(1, 5 * self.count + 1):
            created = times.past(30)
            rotated = created if random.random() < 0.3 else None
            yield random.randbytes(32), number, created, times.future(30), rotated

    def revoked(self) -> Iterator[Row]:
        """Yield access tokens that were revoked alone."""
        for _ in range(self.count // 100):
            yield identifier(self.random), self.times.around(0.01)

    def pending(self) -> Iterator[Row]:
        """Yield authorization requests whose person is still deciding, or never came back."""
        for _ in range(self.count // 20):
            begin = -self.random.random()
            parameters = json.dumps({"client_id": self.client_ids[0], "response_type": "code", "scope": "openid"})
            yield (
                self.random.randbytes(32),
                self.random.choice(self.client_ids),
                parameters,
                self.times.after(begin),
                self.times.after(begin + 1),
            )

    def used(self) -> Iterator[Row]:
        """Yield what was used up; half may be used again by now."""
        for _ in range(self.count // 20):
            yield self.random.randbytes(32), self.times.around(0.1)

    def _somebody(self) -> int:
        return self.random.randrange(1, self.count + 1)
