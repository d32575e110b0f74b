"""What callers do to the provider that is held: people, applications, machines, and who means no good.

Each journey uses up only what it got itself, and every answer must be the expected one.
"""

import json
import random
import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, urlencode, urljoin

from idp.base.bounds import MAX_BODY
from tests.bench.browsers import Browser, fill
from tests.bench.loads import FORM, Load, Unexpected, ask
from tests.bench.peers.peer import PASSWORD, REDIRECT_URI, Client
from tests.bench.rows import VERIFIER, Material, introspect, token
from tests.soak.pace import Pace
from tests.soak.postbox import Postbox

MACHINE = 3  # tokens that a machine asks for in one go
USES = 3  # of a token
PAGES = ("/account", "/account/security", "/account/sessions", "/account/apps", "/account/activity")
PUBLIC = (
    "/.well-known/openid-configuration",
    "/.well-known/jwks.json",
    "/healthz",
    "/readyz",
    "/signin",
    "/signup",
    "/reset",
)
REGISTRATION = {
    "client_name": "An agent",
    "redirect_uris": [REDIRECT_URI],
    "token_endpoint_auth_method": "client_secret_post",
}
_STYLES = re.compile(r'href="(/static/[^"]+)"')


class Crowd:
    """Everybody who calls one provider."""

    def __init__(self, material: Material, postbox: Postbox, pace: Pace) -> None:
        self.material, self.site, self.postbox, self.pace = material, material.site, postbox, pace
        self._numbers = iter(range(1, 10**9))

    def prepare(self) -> None:
        """Sign browsers in that stay so, and let their people consent to both applications."""
        self.material.browsers()

    def browser(self) -> "Caller":
        """Return somebody's browser, at an address of its own."""
        caller = Caller(pace=self.pace)
        caller.headers["X-Forwarded-For"] = caller.source
        return caller

    def ask(self, load: Load, value: str = "") -> tuple[str, str]:
        """Send one request by a connection of its own; return Location and body of the answer that was expected."""
        self.pace.wait()
        status, location, body = ask(self.site.port, load, value)
        if status != load.expected or load.holding not in location or load.probed.encode() not in body:
            raise Unexpected(
                f"{load.method} {load.path.partition('?')[0]} answered {status} {location[:80]} {body[:200]!r}"
            )
        return location, body.decode()

    def tokens(self, client: Client, code: str) -> dict[str, str]:
        """Exchange a code."""
        form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}
        load = token(self.material, client, f"{urlencode(form)}&code={quote(code)}")
        return dict(json.loads(self.ask(load)[1]))

    def code(self, client: Client) -> str:
        """Get a code by a browser that is signed in."""
        path = self.material.authorization_request(client)
        cookie = random.choice(self.material.browsers()).cookie(path)
        load = Load("GET", path, {"Cookie": cookie}, expected=self.site.redirect, holding="code=")
        return self.ask(load)[0].partition("code=")[2].partition("&")[0]

    def refresh(self, client: Client, refresh_token: str) -> dict[str, str]:
        """Use a refresh token."""
        load = token(self.material, client, f"grant_type=refresh_token&refresh_token={quote(refresh_token)}")
        return dict(json.loads(self.ask(load)[1]))

    def name(self) -> str:
        """Return an address that nobody has."""
        return f"somebody{next(self._numbers)}.{secrets.token_hex(4)}@example.org"


class Caller(Browser):
    """A browser that keeps the pace, and expects answers."""

    def __init__(self, pace: Pace) -> None:
        super().__init__()
        self._pace = pace

    def send(self, method: str, url: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Send a request when it is time."""
        self._pace.wait()
        return super().send(method, url, form)

    def get(self, url: str, expected: int = 200) -> str:
        """Return the page at an address."""
        status, _location, body = self.send("GET", url)
        if status != expected:
            raise Unexpected(f"GET {url} answered {status}: {body[:200]}")
        return body

    def submit(self, page: str, typed: dict[str, str], expected: int = 303) -> tuple[str, str]:
        """Send the main form of the page that was read last; return where the answer leads, and its body."""
        action, form = fill(page, typed)
        status, location, body = self.send("POST", urljoin(self.here, action), form)
        if status != expected:
            raise Unexpected(f"POST {self.here} answered {status}: {body[:200]}")
        return location, body


def return_to_app(crowd: Crowd) -> None:
    """An application is opened by somebody who is signed in; it asks, is asked about, refreshes, and its code comes again."""
    web = crowd.site.web
    code = crowd.code(web)
    found = crowd.tokens(web, code)
    for _ in range(USES):
        crowd.ask(
            Load("GET", crowd.site.userinfo, {"Authorization": f"Bearer {found['access_token']}"}, probed='"sub"')
        )
        crowd.ask(
            replace(introspect(crowd.material, (quote(found["access_token"]),)), probed="true"),
            quote(found["access_token"]),
        )
        found |= crowd.refresh(web, found["refresh_token"])
    if random.random() < 0.5:
        form = {
            "grant_type": "authorization_code",
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
            "code": code,
        }
        crowd.ask(replace(token(crowd.material, web, urlencode(form)), expected=400))
    else:
        headers = {"Content-Type": FORM, "Authorization": web.basic}
        crowd.ask(Load("POST", "/oauth/revoke", headers, f"token={quote(found['refresh_token'])}"))


def use_phone(crowd: Crowd) -> None:
    """An installed application changes its refresh token again and again."""
    found = crowd.tokens(crowd.site.mobile, crowd.code(crowd.site.mobile))
    for _ in range(USES):
        found |= crowd.refresh(crowd.site.mobile, found["refresh_token"])


def ask_as_machine(crowd: Crowd) -> None:
    """A machine gets tokens."""
    for _ in range(MACHINE):
        crowd.ask(token(crowd.material, crowd.site.machine, "grant_type=client_credentials&scope=jobs"))


def arrive(crowd: Crowd) -> None:
    """Somebody signs in by password, looks at their pages, and signs out."""
    caller = crowd.browser()
    try:
        found = crowd.tokens(crowd.site.web, crowd.material.sign_in(crowd.site.web, caller))
        crowd.ask(Load("GET", crowd.site.userinfo, {"Authorization": f"Bearer {found['access_token']}"}))
        for page in PAGES:
            caller.get(crowd.material.url(page))
        caller.submit(caller.get(crowd.material.url("/signout")), {})
    finally:
        caller.close()


def join(crowd: Crowd) -> None:
    """Somebody signs up, types the code of the mail, and deletes nothing."""
    caller, email = crowd.browser(), crowd.name()
    try:
        page = caller.get(crowd.material.url("/signup"))
        location, _body = caller.submit(page, {"email": email, "password": PASSWORD})
        page = caller.get(location)
        location, _body = caller.submit(page, {"code": crowd.postbox.wait_for_code(email)})
        caller.get(location)
    finally:
        caller.close()


def forget(crowd: Crowd) -> None:
    """Somebody asks for a new password, which is the same to look at where nobody has the address."""
    caller = crowd.browser()
    try:
        typed = random.choice(crowd.site.people)["username"] if random.random() < 0.5 else crowd.name()
        caller.submit(caller.get(crowd.material.url("/reset")), {"email": typed})
    finally:
        caller.close()


def register(crowd: Crowd) -> None:
    """An agent registers, is looked at, and goes again."""
    source = {"X-Forwarded-For": crowd.browser().source}
    headers = source | {"Content-Type": "application/json"}
    told = json.loads(crowd.ask(Load("POST", "/oauth/register", headers, json.dumps(REGISTRATION), expected=201))[1])
    own = told["registration_client_uri"].partition(str(crowd.site.port))[2]
    authorized = source | {"Authorization": f"Bearer {told['registration_access_token']}"}
    page = crowd.material.authorization_request(Client(told["client_id"], told["client_secret"]))
    crowd.ask(Load("GET", page, source, expected=303))
    crowd.ask(Load("GET", own, authorized))
    crowd.ask(Load("DELETE", own, authorized, expected=204))


def look(crowd: Crowd) -> None:
    """Somebody looks at what is for everybody."""
    caller = crowd.browser()
    try:
        for path in PUBLIC:
            found = caller.get(crowd.material.url(path))
        for path in _STYLES.findall(found)[:1]:
            caller.get(crowd.material.url(path))
    finally:
        caller.close()


def do_harm(crowd: Crowd) -> None:
    """Somebody sends what is wrong: secrets, clients, tokens, forms, heads and bodies."""
    site, garbage = crowd.site, secrets.token_urlsafe(32)
    numbers = secrets.token_bytes(3)
    source = {"X-Forwarded-For": f"10.{numbers[0]}.{numbers[1]}.{numbers[2]}"}
    machine = token(crowd.material, site.machine, "grant_type=client_credentials&scope=jobs")
    wrong = machine.headers | source | {"Authorization": site.machine.wrong}
    unknown = machine.headers | source | {"Authorization": Client(f"nobody-{garbage}", garbage).basic}
    for load in (
        replace(machine, headers=wrong, expected=401),
        replace(machine, headers=unknown, expected=401),
        replace(machine, body=f"grant_type={garbage}", expected=400),
        replace(machine, body=f"grant_type=refresh_token&refresh_token={garbage}", expected=400),
        Load("GET", site.userinfo, source | {"Authorization": f"Bearer {garbage}"}, expected=401),
        Load("GET", f"/oauth/authorize?client_id={garbage}", source, expected=400),
        Load("GET", f"/{garbage}", source, expected=404),
        Load(
            "POST", "/signin", source | {"Content-Type": FORM}, f"username={garbage}&password={garbage}", expected=303
        ),
        Load("POST", site.token, source | {"Content-Type": FORM}, "x" * (MAX_BODY + 1), expected=413),
    ):
        crowd.ask(load)
    crowd.ask(replace(introspect(crowd.material, (garbage,)), probed="false"), garbage)


def guess(crowd: Crowd) -> None:
    """Somebody guesses at a name that nobody has."""
    caller = crowd.browser()
    try:
        page = caller.get(crowd.material.url("/signin"))
        caller.submit(page, {"username": crowd.name(), "password": secrets.token_urlsafe(12)}, expected=400)
    finally:
        caller.close()


# Each as often as it stands here. One in six hashes a password.
MIX: tuple[Callable[[Crowd], None], ...] = (
    *[return_to_app] * 6, *[use_phone] * 4, *[ask_as_machine] * 4, *[look] * 3, *[do_harm] * 3,
    *[arrive] * 2, join, forget, register, guess,
)  # fmt: skip
