"""Walks of browsers: from a relying party's link, over whatever pages and redirects a provider has, to the code.

Each browser comes from a loopback address of its own (Linux answers on all of 127.0.0.0/8), so that request limits stay on.
"""

import http.client
import itertools
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from tests.bench.loads import FORM, Measured, Unexpected

THREADS = 8
MOST_STEPS = 12
_numbers = itertools.count(1)
_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL | re.IGNORECASE)
_FIELD = re.compile(r"<(?:input|button)\b[^>]*>", re.IGNORECASE)
_PATH = re.compile(r";\s*path=([^;]*)", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([\w-]+)=(?:"([^"]*)"|'([^']*)')""")


@dataclass
class Browser:
    """Cookies, and a connection to each port that it was sent to."""

    source: str = field(default_factory=lambda: _address())
    cookies: dict[tuple[str, str], str] = field(default_factory=dict)
    connections: dict[int, http.client.HTTPConnection] = field(default_factory=dict)
    here: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def cookie(self, path: str) -> str:
        """Return the Cookie header for a path."""
        found = self.cookies.items()
        return "; ".join(f"{name}={value}" for (name, where), value in found if path.startswith(where))

    def send(self, method: str, url: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Return status, Location (made absolute) and body of an answer."""
        parts = urlsplit(url)
        if self.here:
            self.headers["Referer"] = self.here
        self.here = url
        headers = {"Accept": "text/html", "Accept-Language": "en", "User-Agent": "benchmark", **self.headers}
        if cookie := self.cookie(parts.path):
            headers["Cookie"] = cookie
        if form is not None:
            headers["Content-Type"] = FORM
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection = self._connection(parts.port or 80)
        connection.request(method, path, urlencode(form) if form is not None else None, headers)
        answer = connection.getresponse()
        body = answer.read().decode(errors="replace")
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            where = _PATH.search(line)
            self.cookies[name.strip(), where[1] if where else "/"] = value
        location = answer.headers.get("Location")
        return answer.status, urljoin(url, location) if location else "", body

    def close(self) -> None:
        """Close every connection."""
        for connection in self.connections.values():
            connection.close()
        self.connections.clear()

    def _connection(self, port: int) -> http.client.HTTPConnection:
        if port not in self.connections:
            found = http.client.HTTPConnection("127.0.0.1", port, timeout=60, source_address=(self.source, 0))
            self.connections[port] = found
        return self.connections[port]


@dataclass(frozen=True)
class Walk:
    """What one browser does, from its beginning to a code, again and again by several threads."""

    steps: Callable[[], str]
    threads: int = THREADS

    def drive(self, port: int, seconds: int) -> Measured:
        """Walk for some seconds; every walk that did not lead to a code is an error."""
        self.steps()
        taken: list[float] = []
        codes: list[tuple[str, ...]] = []
        problems: list[str] = []
        began = time.perf_counter()

        def work() -> None:
            while time.perf_counter() - began < seconds:
                start = time.perf_counter()
                try:
                    codes.append((self.steps(),))
                except (Unexpected, OSError, http.client.HTTPException) as problem:
                    problems.append(str(problem))
                    time.sleep(0.1)
                else:
                    taken.append(time.perf_counter() - start)

        threads = [threading.Thread(target=work) for _ in range(self.threads)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if not taken:
            raise Unexpected(f"no walk led to a code: {problems[:3]}")
        elapsed = time.perf_counter() - began
        taken.sort()
        return Measured(len(taken), elapsed, _at(taken, 0.50), _at(taken, 0.99), len(problems), 1, tuple(codes))


def walk(browser: Browser, url: str, target: str, person: dict[str, str]) -> str:
    """Follow redirects and send forms, filled with what they ask of `person`, until `target` is reached; return the code.

    Raises:
        Unexpected: a page without a form, or another answer than a page or a redirect.
    """
    status, location, body = browser.send("GET", url)
    for _ in range(MOST_STEPS):
        if location.startswith(target):
            code = parse_qs(urlsplit(location).query).get("code")
            if code:
                return code[0]
            raise Unexpected(f"it led to {location}")
        if status in {301, 302, 303, 307} and location:
            status, location, body = browser.send("GET", location)
        elif status == 200:
            action, form = fill(body, person)
            status, location, body = browser.send("POST", urljoin(browser.here, action), form)
        else:
            raise Unexpected(f"{urlsplit(browser.here).path} answered {status}: {body[:400]}")
    raise Unexpected(f"more than {MOST_STEPS} steps; the last was {browser.here}")


def fill(page: str, person: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Return action and fields of the first form: what it holds already, what it asks of the person, its first button."""
    found = _FORM.search(page)
    if not found:
        raise Unexpected(f"a page without a form: {page[:400]}")
    form: dict[str, str] = {}
    buttons = 0
    for tag in _FIELD.findall(found[2]):
        read = {name: unescape(a or b) for name, a, b in _ATTRIBUTE.findall(tag)}
        kind, name = read.get("type", "submit" if tag[1] in "bB" else "text"), read.get("name")
        buttons += kind == "submit"
        if name and (kind == "hidden" or (kind == "submit" and buttons == 1)):
            form[name] = read.get("value", "")
        elif name in person:
            form[name] = person[name]
    action = {name: a or b for name, a, b in _ATTRIBUTE.findall(found[1])}.get("action", "")
    return unescape(action), form


def _at(taken: list[float], share: float) -> float:
    return taken[min(len(taken) - 1, int(len(taken) * share))] * 1000


def _address() -> str:
    number = next(_numbers)
    return f"127.{1 + number // 62500 % 250}.{1 + number // 250 % 250}.{1 + number % 250}"
