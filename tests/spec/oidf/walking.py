"""A person's way through the provider's pages, for every suite: they sign in, and allow what is asked for."""

import re
from html import unescape

from werkzeug.test import TestResponse

from tests.factories import CSRF, Browser, Person

MESSAGE = re.compile(r'<div id="error-summary">\s*<p class="error-message" id="error-message">(.*?)</p>', re.DOTALL)


def walk(response: TestResponse, browser: Browser) -> TestResponse:
    """Follow redirects within the provider and allow what is asked for."""
    while True:
        if response.status_code == 303 and response.location.startswith("/"):
            response = browser.get(response.location)
        elif is_consent(response):
            response = submit(response, browser, decision="allow")
        else:
            return response


def submit(page: TestResponse, browser: Browser, **fields: str) -> TestResponse:
    """Send the main form of a page."""
    token = CSRF.search(page.text)
    assert token is not None, page.text[:2000]
    data = {"csrf_token": unescape(token[1])} | fields
    return browser.http.post(page.request.full_path, data=data, headers={"Accept": "text/html"})


def sign_in(page: TestResponse, browser: Browser, person: Person) -> TestResponse:
    """Fill in a sign-in page and go on to what follows."""
    assert is_sign_in(page), f"{page.status_code} {page.request.path}"
    return walk(submit(page, browser, username=person.email, password=person.password), browser)


def shown(response: TestResponse, sentence: str) -> None:
    """Check that an error page is shown, with its own sentence, and that nobody is redirected."""
    assert response.status_code == 400, f"{response.status_code} {response.location}"
    assert response.location is None
    message = MESSAGE.search(response.text)
    assert message is not None
    assert unescape(message[1]) == sentence


def is_sign_in(page: TestResponse) -> bool:
    """Tell whether a page asks for a password."""
    return page.status_code == 200 and page.request.path.startswith("/signin") and 'name="password"' in page.text


def is_consent(page: TestResponse) -> bool:
    """Tell whether a page asks whether an app may have something."""
    asked = page.request
    return page.status_code == 200 and asked.method == "GET" and asked.path == "/consent"
