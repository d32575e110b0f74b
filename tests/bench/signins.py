"""The row of whole sign-ins: what a browser sends from the relying party's link to the code, by threads with cookies of their own.

Each sign-in comes from a loopback address of its own (Linux answers on all of 127.0.0.0/8), so that request limits stay on.
"""

import http.client
import itertools
import re
import threading
import time
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.bench.loads import FORM, Measured
from tests.bench.material import EMAIL, PASSWORD, REDIRECT_URI, SCOPE, Client, challenge

THREADS = 8
_numbers = itertools.count(1)
_HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
_ATTRIBUTE = re.compile(r'(name|value)="([^"]*)"')


class Unexpected(Exception):
    """A step of the sign-in was answered otherwise than it should have been."""


@dataclass
class Browser:
    """One connection and its cookies."""

    connection: http.client.HTTPConnection
    cookies: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Return status, Location and body of an answer."""
        headers = {"Accept": "text/html", "Accept-Language": "en", "User-Agent": "benchmark"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if form is not None:
            headers["Content-Type"] = FORM
        self.connection.request(method, path, urlencode(form) if form is not None else None, headers)
        answer = self.connection.getresponse()
        body = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name.strip()] = value
        return answer.status, answer.headers.get("Location", ""), body

    def follow(self, method: str, path: str, form: dict[str, str] | None = None) -> str:
        """Send, and return where the answer redirects to."""
        status, location, body = self.send(method, path, form)
        if status not in {302, 303}:
            raise Unexpected(f"{method} {urlsplit(path).path} answered {status}: {body[:300]}")
        return location


def sign_in(port: int, client: Client) -> None:
    """Sign in once, from the authorization request to the code."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30, source_address=(_address(), 0))
    browser = Browser(connection)
    try:
        page = browser.follow("GET", _authorization_request(client))
        status, _location, html = browser.send("GET", page)
        if status != 200:
            raise Unexpected(f"GET {urlsplit(page).path} answered {status}")
        form = _hidden_fields(html) | {"username": EMAIL, "password": PASSWORD}
        resume = browser.follow("POST", page, form)
        target = browser.follow("GET", resume)
        if not target.startswith(REDIRECT_URI) or "code" not in parse_qs(urlsplit(target).query):
            raise Unexpected(f"the sign-in led to {target}")
    finally:
        connection.close()


def drive(port: int, client: Client, seconds: int) -> Measured:
    """Sign in again and again for some seconds, from several threads."""
    for _ in range(4):
        sign_in(port, client)
    taken: list[float] = []
    problems: list[str] = []
    began = time.perf_counter()

    def work() -> None:
        while time.perf_counter() - began < seconds:
            start = time.perf_counter()
            try:
                sign_in(port, client)
            except (Unexpected, OSError, http.client.HTTPException) as problem:
                problems.append(str(problem))
                time.sleep(0.1)
            else:
                taken.append(time.perf_counter() - start)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if not taken:
        raise RuntimeError(f"nobody could sign in: {problems[:3]}")
    taken.sort()
    elapsed = time.perf_counter() - began
    return Measured(len(taken), len(taken) / elapsed, _at(taken, 0.50), _at(taken, 0.99), len(problems))


def _at(taken: list[float], share: float) -> float:
    return taken[min(len(taken) - 1, int(len(taken) * share))] * 1000


def _address() -> str:
    number = next(_numbers)
    return f"127.{1 + number // 62500 % 250}.{1 + number // 250 % 250}.{1 + number % 250}"


def _authorization_request(client: Client) -> str:
    values = {
        "client_id": client.client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": SCOPE,
        "state": "af0ifjsldkj",
        "nonce": "n-0S6_WzA2Mj",
        "code_challenge": challenge(),
        "code_challenge_method": "S256",
    }
    return f"/oauth/authorize?{urlencode(values)}"


def _hidden_fields(html: str) -> dict[str, str]:
    fields = {}
    for tag in _HIDDEN.findall(html.partition("</form>")[0]):
        found = dict(_ATTRIBUTE.findall(tag))
        fields[found["name"]] = unescape(found.get("value", ""))
    return fields
