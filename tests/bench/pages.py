"""Measure the administrators' pages on a database that `make seed` filled: `python -m tests.bench.pages --seeded URL`.

Each page is asked so many times, one after the other, by an administrator who is signed in; nothing here judges speed.
"""

import argparse
import json
import secrets
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import select

from idp import create_app
from idp.accounts import service
from idp.accounts.authority import granting
from idp.accounts.models import Account
from idp.base.database import commit, session
from idp.clients.models import Client
from idp.config import Settings
from tests.bench import home, processes
from tests.bench.browsers import Browser, walk
from tests.bench.loads import Unexpected
from tests.bench.peers.ours import SECRET, Seeded
from tests.bench.peers.peer import PASSWORD

SEARCHES = {
    "/admin/people": ("", "ada", "muller anna", "anna da", "example", "example com", "nobody-at-all", "kim77", "иван"),
    "/admin/clients": ("", "shop", "north shop", "wiki 12", "groß", "nothing-like-it"),
    "/admin/audit": (
        *("", "failure", "password", "password failure", "client.registered", "nobody-at-all", "10.1.2.3", "shop"),
        *("2026-11", "2026-11-02 failure", "2025-06 consent", "2025-03-01..2025-03-04 password failure"),
    ),
    "/admin/mail": ("", "ada", "ada.kim", "nobody-at-all", "shop", "example"),
}
OTHERS = (
    "/admin",
    "/admin/people?page=40",
    "/admin/people?q=ada&page=40",
    "/admin/clients?page=40",
    "/admin/audit?page=40",
)
LISTS = ("/admin/mail?state=waiting", "/admin/mail?state=failed", "/admin/mail?state=delivered", "/admin/mail?page=40")
REST = ("/admin/mail?q=ada&state=failed", "/admin/keys", "/admin/policy", "/admin/registration")


def main() -> int:
    """Start the server, sign in, ask, and print a line a page."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.pages", description=__doc__)
    parser.add_argument("--seeded", required=True, help="the database's URL")
    parser.add_argument("--times", type=int, default=100, help="how often each page is asked")
    options = parser.parse_args()
    home.on_disk()
    server = Seeded(options.seeded)
    try:
        email, paths = _prepare(options.seeded)
        server.start()
        browser = _sign_in(server, email)
        for path in [*_searches(), *OTHERS, *LISTS, *REST, *paths]:
            print(_measure(server, browser, path, options.times), flush=True)
    finally:
        server.stop()
    return 0


def _prepare(url: str) -> tuple[str, list[str]]:
    """Make an administrator, and return the address and the pages of one account and of one client."""
    email = f"admin-{secrets.token_hex(4)}@example.org"
    with tempfile.TemporaryDirectory() as place:
        app = create_app(Settings(_env_file=None, data_dir=Path(place), database_url=url, secret_key=SECRET))
        with app.app_context():
            made = service.add(email, username=None, password=PASSWORD, verified=True)
            if not isinstance(made, Account):
                raise Unexpected(str(made))
            granting.give(made, "owner", by="benchmark")
            commit()
            somebody = session().scalars(select(Account).where(Account.id == 5)).one()
            client = session().scalars(select(Client.client_id).limit(1)).one()
        app.extensions["idp.dispose"]()
    found = [f"/admin/audit?q={somebody.email}", f"/admin/audit?q={somebody.sub}", f"/admin/audit?q={client}"]
    found += [f"/admin/people?q={somebody.sub}", f"/admin/mail?q={somebody.email}", f"/admin/people/{somebody.sub}"]
    return email, [*found, f"/admin/clients/{client}"]


def _sign_in(server: Seeded, email: str) -> Browser:
    browser = Browser()
    target = f"http://127.0.0.1:{server.port}/admin"
    try:
        walk(
            browser,
            f"http://127.0.0.1:{server.port}/signin?next=/admin",
            target,
            {"username": email, "password": PASSWORD},
        )
    except Unexpected as problem:  # it has no code, which a walk looks for
        if "it led to" not in str(problem):
            raise
    return browser


def _searches() -> list[str]:
    return [f"{path}?q={quote(term)}" if term else path for path, terms in SEARCHES.items() for term in terms]


def _measure(server: Seeded, browser: Browser, path: str, times: int) -> str:
    taken, before = [], processes.cpu_seconds(server.pids())
    for _ in range(times):
        began = time.perf_counter()
        status, _location, body = browser.send("GET", f"http://127.0.0.1:{server.port}{path}")
        taken.append((time.perf_counter() - began) * 1000)
        if status != 200:
            raise Unexpected(f"{path} answered {status}: {body[:300]}")
    taken.sort()
    cpu = (processes.cpu_seconds(server.pids()) - before) / times * 1000
    p99 = taken[min(times - 1, int(times * 0.99))]
    return json.dumps({"page": path, "p50": round(taken[times // 2], 1), "p99": round(p99, 1), "cpu_ms": round(cpu, 1)})


if __name__ == "__main__":
    sys.exit(main())
