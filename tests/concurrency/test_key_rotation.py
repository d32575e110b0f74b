"""Two nodes under a stream of tokens while their keys rotate: what one node issues, the other and every application verify."""

import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests

from idp import keys
from tests.concurrency.test_races import redemption
from tests.conftest import sqlite_url
from tests.factories import Client, Provider
from tests.support import redis as redis_support
from tests.support.beside import beside
from tests.support.serving import IDP, RunningServer, serve

ROTATIONS = 3
APART = 0.5  # seconds between two rotations
GRANT = {"grant_type": "client_credentials"}


@dataclass
class KeyCache:
    """An application's copy of the key set: kept, and fetched anew from a node when a token names a key that is not in it."""

    nodes: list[RunningServer]
    issuer: str
    keys: dict[str, jwt.PyJWK] = field(default_factory=dict)
    fetched: int = 0

    def verify(self, token: str, audience: str) -> dict[str, Any]:
        """Return a token's claims; a failed verification raises."""
        header = jwt.get_unverified_header(token)
        if header["kid"] not in self.keys:
            self.fetched += 1
            node = self.nodes[self.fetched % len(self.nodes)]
            answer = requests.get(f"{node.url}/.well-known/jwks.json", timeout=30)
            assert "max-age=300" in answer.headers["Cache-Control"]
            self.keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(answer.json()).keys if key.key_id}
        key = self.keys[header["kid"]]
        return jwt.decode(token, key, algorithms=[header["alg"]], issuer=self.issuer, audience=audience)


@dataclass
class Pair:
    """Two running nodes with one issuer, and the application in this process on the first one's data."""

    nodes: list[RunningServer]
    provider: Provider
    stopping: threading.Event = field(default_factory=threading.Event)
    problems: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    kids: set[str] = field(default_factory=set)

    @property
    def issuer(self) -> str:
        """The issuer of both."""
        return self.nodes[0].url

    def post(self, node: int, path: str, form: dict[str, str]) -> Any:
        """Send a form to a node; every answer must be a good one."""
        answer = requests.post(self.nodes[node].url + path, data=form, timeout=30)
        assert answer.status_code == 200, f"{path} at {node}: {answer.status_code} {answer.text[:300]}"
        return answer.json()

    def go_on(self, name: str, once: Callable[[int], None]) -> threading.Thread:
        """Do something again and again, at each node in turn, until the end; note what fails."""

        def work() -> None:
            turn = 0
            while not self.stopping.is_set():
                try:
                    once(turn % 2)
                    self.done[name] += 1
                except Exception as problem:
                    self.problems.append(f"{name}: {problem!r}")
                turn += 1

        thread = threading.Thread(target=work)
        thread.start()
        return thread

    def serve_programs(self, client: Client) -> threading.Thread:
        """Issue access tokens to a program at one node; the other is asked about them, and the program verifies them itself."""
        cache = KeyCache(self.nodes, self.issuer)

        def once(node: int) -> None:
            token = self.post(node, "/oauth/token", client.post() | GRANT)["access_token"]
            claims = cache.verify(token, self.issuer)
            assert claims["client_id"] == client.client_id
            told = self.post(1 - node, "/oauth/introspect", client.post() | {"token": token})
            assert told["active"] is True, "the other node refused a fresh token"
            self.kids.add(jwt.get_unverified_header(token)["kid"])

        return self.go_on("programs", once)

    def serve_people(self, client: Client, refresh_token: str) -> threading.Thread:
        """Renew a person's tokens at one node; userinfo of the other takes them, and the application verifies the ID token."""
        cache, kept = KeyCache(self.nodes, self.issuer), [refresh_token]

        def once(node: int) -> None:
            form = {"grant_type": "refresh_token", "refresh_token": kept[0]}
            tokens = self.post(node, "/oauth/token", client.post() | form)
            kept[0] = tokens.get("refresh_token", kept[0])  # a confidential client's stays the same
            claims = cache.verify(tokens["id_token"], client.client_id)
            bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
            told = requests.get(f"{self.nodes[1 - node].url}/oauth/userinfo", headers=bearer, timeout=30)
            assert told.status_code == 200, "the other node refused a fresh token"
            assert told.json()["sub"] == claims["sub"]
            self.kids.add(jwt.get_unverified_header(tokens["id_token"])["kid"])

        return self.go_on("people", once)

    def rotate(self) -> None:
        """Rotate beside the first node, as a page or the background of a node does."""
        with self.provider.working():
            assert keys.rotate() == len(keys.ALGORITHMS)

    def rotate_at_both(self) -> list[int]:
        """Rotate by command at both nodes at the same moment; return the exit statuses."""
        rotating = [
            subprocess.Popen(
                [str(IDP), "keys", "rotate"],
                env=node.environment,
                cwd=node.log_file.parent,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for node in self.nodes
        ]
        return [process.wait(60) for process in rotating]


@contextmanager
def two_nodes(data_dirs: tuple[Path, Path], url: str, redis_url: str | None = None) -> Iterator[Pair]:
    """Run two nodes on one database; they share a disk where the directories are the same."""
    environment = {"IDP_WORKERS": 1} | ({"IDP_REDIS_URL": redis_url} if redis_url else {})
    with beside(data_dirs[0], url, environment, redis_url=redis_url) as (first, provider):
        own = {name: value for name, value in first.environment.items() if name.startswith("IDP_")}
        own |= {"IDP_ISSUER": first.url, "IDP_DATA_DIR": str(data_dirs[1])}
        del own["IDP_BIND"]
        with serve(own) as second:
            yield Pair([first, second], provider)


@pytest.fixture(params=["postgresql", "sqlite"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    """Two nodes on PostgreSQL and Redis without a common disk, or in one data directory on SQLite."""
    if request.param == "sqlite":
        with two_nodes((tmp_path, tmp_path), sqlite_url(tmp_path)) as found:
            yield found
        return
    server: redis_support.RedisServer = request.getfixturevalue("redis_server")
    url = request.getfixturevalue("postgres_server").create_database("rotation")
    with two_nodes((tmp_path / "one", tmp_path / "two"), url, server.url) as found:
        yield found


@pytest.mark.slow
def test_no_verification_fails_while_keys_rotate(pair: Pair) -> None:
    """Rotations at either node, and at both in one moment, fail no token: at the other node, in a cached key set, or in a refresh."""
    provider = pair.provider
    client = provider.client(grant_types=["authorization_code", "refresh_token", "client_credentials"])
    answer = provider.browser(provider.person()).answer(client, scope="openid offline_access")
    first = pair.post(0, "/oauth/token", client.post() | redemption(client, answer["code"]))
    threads = [pair.serve_programs(client), pair.serve_people(client, first["refresh_token"])]
    try:
        for _ in range(ROTATIONS):
            time.sleep(APART)
            pair.rotate()
        assert 0 in pair.rotate_at_both()
        time.sleep(APART)
    finally:
        pair.stopping.set()
        for thread in threads:
            thread.join()
    assert pair.problems == []
    # Each kind of token was signed by at least as many keys as there were rotations, and by the one before them.
    assert len(pair.kids) >= 2 * (ROTATIONS + 2)
    assert min(pair.done["programs"], pair.done["people"]) > 10 * ROTATIONS
    with provider.working():
        slots = sorted(key.slot for key in keys.listing() if key.slot)
    assert slots == sorted(f"{name}/{state}" for name in keys.ALGORITHMS for state in ("current", "next"))
