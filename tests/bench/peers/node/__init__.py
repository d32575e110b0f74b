"""node's `oidc-provider`, two processes of one cluster, everything in Redis."""

import json
import shutil
from pathlib import Path

from tests.bench import stores
from tests.bench.home import home
from tests.bench.peers.peer import DELEGATED, REDIRECT_URI, Client, Peer, Site

HERE = Path(__file__).parent


class Node(Peer):
    """The fastest peer: a library for applications, which bring their own pages and passwords."""

    name = "oidc-provider (node), Redis"
    version = json.loads((HERE / "package.json").read_text())["dependencies"]["oidc-provider"]
    lacks = DELEGATED
    needs = ("node", "npm", "redis-server")
    told = (
        "Checks no password and hashes nothing; its sign-in page is three lines of ours. Access tokens of people are opaque "
        "and only looked up, those of machines are JWTs (ES256). Redis keeps everything in memory and nothing on disk."
    )

    def install(self) -> None:
        """Install the locked packages with npm."""
        place = home() / "node"
        place.mkdir(exist_ok=True)
        lock = (HERE / "package-lock.json").read_bytes()
        if (place / "node_modules").exists() and (place / "package-lock.json").read_bytes() == lock:
            return
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, place / name)
        self.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], home=place)

    def start(self) -> None:
        """Start the cluster; the clients are in its configuration."""
        web, mobile, machine = Client("web", "s" * 43), Client("mobile"), Client("machine", "m" * 43)
        self._redis_port, self._redis_pid = stores.redis_port()
        shutil.copy(HERE / "provider.mjs", home() / "node" / "provider.mjs")
        told = {
            "port": self.port,
            "redis": self._redis_port,
            "processes": 2,
            "redirect": REDIRECT_URI,
            "web": web.secret,
            "machine": machine.secret,
        }
        process = self.serve(
            ["node", str(home() / "node" / "provider.mjs")], {"BENCH": json.dumps(told), "NODE_ENV": "production"}
        )
        self.site = Site(
            port=self.port,
            authorize="/auth",
            token="/token",
            userinfo="/me",
            introspection="/token/introspection",
            jwks="/jwks",
            web=web,
            mobile=mobile,
            machine=machine,
            people=({"username": "ann"},),
            machine_scope="jobs",
            redirect=303,
            par="/request",
        )
        self.first_answer = process.wait(f"http://127.0.0.1:{self.port}{self.site.discovery}")

    def stores(self) -> list[int]:
        """Return Redis."""
        return [self._redis_pid]
