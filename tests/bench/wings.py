"""Rows of what devices and services behind an API ask for: codes of devices, polls, and tokens for tokens."""

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urljoin

from tests.bench.browsers import Browser, fill
from tests.bench.loads import FORM, VALUE, Load, Unexpected

if TYPE_CHECKING:
    from tests.bench.rows import Material

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
EXCHANGE_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
ALLOWED = 120  # devices that people let in before the row: each takes some pages
MOST_STEPS = 8


def ask(material: "Material") -> Load:
    """Return the load of devices that ask for a code."""
    site = material.site
    body = urlencode({"scope": site.scope})
    headers = {"Content-Type": FORM, "Authorization": site.web.basic}
    return Load("POST", site.device or "", headers, body, keep=("device_code", "user_code"))


def poll(material: "Material") -> Load:
    """Return the load of devices that poll, each for the first time, while nobody has typed their code."""
    found = ask(material).drive(material.site.port, material.seconds).kept
    return replace(
        _polling(material, tuple(code for code, _typed in found)), expected=400, probed="authorization_pending"
    )


def redeem(material: "Material") -> Load:
    """Return the load of devices that poll once their person has let them in."""
    asked = replace(ask(material), cycle=True).drive(material.site.port, 1).kept
    browsers = material.browsers()
    allowed = asked[:ALLOWED]
    for number, (_code, typed) in enumerate(allowed):
        _let_in(material, browsers[number % len(browsers)], typed)
    return _polling(material, tuple(code for code, _typed in allowed))


def exchange(material: "Material") -> Load:
    """Return the load of a service behind an API that exchanges the tokens which it is called with."""
    site, backend = material.site, material.site.backend
    if backend is None:
        raise Unexpected("there is no client that exchanges tokens")
    form = {"grant_type": EXCHANGE_GRANT, "subject_token_type": "urn:ietf:params:oauth:token-type:access_token"}
    headers = {"Content-Type": FORM, "Authorization": backend.basic}
    body = f"{urlencode(form)}&subject_token={VALUE}"
    return Load("POST", site.token, headers, body, material.access(), probed="issued_token_type")


def _polling(material: "Material", codes: tuple[str, ...]) -> Load:
    body = f"grant_type={quote(DEVICE_GRANT)}&device_code={VALUE}"
    headers = {"Content-Type": FORM, "Authorization": material.site.web.basic}
    return Load("POST", material.site.token, headers, body, codes, cycle=False)


def _let_in(material: "Material", browser: Browser, typed: str) -> None:
    """Type a code and allow what is asked for, as a person does who is signed in."""
    page = f"{material.url('/device')}?{urlencode({'user_code': typed})}"
    status, location, body = browser.send("GET", page)
    for _step in range(MOST_STEPS):
        if status in {302, 303}:
            status, location, body = browser.send("GET", location)
        elif "<form" in body.partition("<main")[2]:
            action, form = fill(body, {"user_code": typed})
            status, location, body = browser.send("POST", urljoin(browser.here, action), form)
        else:
            return
        if status not in {200, 302, 303}:
            raise Unexpected(f"{browser.here} answered {status}: {body[:300]}")
    raise Unexpected(f"nobody let the device in: {browser.here}")
