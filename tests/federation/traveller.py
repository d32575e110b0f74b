"""A browser that goes to a provider and comes back."""

from urllib.parse import parse_qsl, urlsplit

import requests
from werkzeug.test import TestResponse

from tests.factories import Browser

START = "/signin/upstream"


class Traveller(Browser):
    """A browser in which somebody presses a provider's button."""

    def press(self, key: str, target: str | None = None) -> str:
        """Press a button of the sign-in page; return the provider's address to which it leads."""
        page = "/signin" + (f"?next={target}" if target else "")
        answer = self.press_on(page, f"{START}/{key}" + (f"?next={target}" if target else ""))
        assert answer.status_code == 303, answer.text[:2000]
        return answer.location

    def press_on(self, page: str, path: str, **fields: str) -> TestResponse:
        """Send a form of a page to a path, with the page's CSRF token."""
        return self.http.post(path, data=fields | {"csrf_token": self.csrf(page)}, headers={"Accept": "text/html"})

    def csrf(self, page: str) -> str:
        """Return the CSRF token of a page."""
        from html import unescape

        from tests.factories import CSRF

        token = CSRF.search(self.get(page).text)
        assert token is not None, page
        return unescape(token[1])

    def travel(self, url: str) -> str:
        """Go to the provider and return the path by which it sends the browser back."""
        answer = requests.get(url, allow_redirects=False, timeout=10)
        assert answer.status_code in {302, 303}, answer.text
        parts = urlsplit(answer.headers["Location"])
        return f"{parts.path}?{parts.query}"

    def sign_in_by(self, key: str, target: str | None = None) -> TestResponse:
        """Press a button, travel, and come back; return the callback's answer."""
        return self.get(self.travel(self.press(key, target)))

    @property
    def email(self) -> str | None:
        """Who is signed in here: the address that the account page shows."""
        answer = self.get("/account/email")
        if answer.status_code != 200:
            return None
        return answer.text.partition("<b>")[2].partition("</b>")[0].strip()


def query_of(url: str) -> dict[str, str]:
    """Return the parameters of an address."""
    return dict(parse_qsl(urlsplit(url).query))
