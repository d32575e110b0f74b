"""A browser without JavaScript, for tests: follows forms by their hidden fields, keeps cookies."""

import re
from html import unescape

from flask import Flask
from werkzeug.test import TestResponse


class Browser:
    """Opens pages and sends their main form."""

    def __init__(self, app: Flask, source: str = "127.0.0.1") -> None:
        self._client = app.test_client()
        self._headers = {"Accept": "text/html,*/*;q=0.5", "User-Agent": "Mozilla/5.0 test"}
        self._environ = {"REMOTE_ADDR": source}
        self.page: TestResponse | None = None
        self.path = ""

    def open(self, path: str) -> TestResponse:
        """Open a page, following redirects on this server."""
        answer = self._client.get(path, headers=self._headers, environ_overrides=self._environ)
        self.path, self.page = path, answer
        return self._follow(answer)

    def send(self, path: "str | None" = None, **fields: str) -> TestResponse:
        """Send the main form of the present page, with its hidden fields; follow redirects on this server."""
        answer = self.post(path, **fields)
        return self._follow(answer)

    def post(self, path: "str | None" = None, **fields: str) -> TestResponse:
        """Send the main form and return the very answer."""
        assert self.page is not None
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.page.text)
        data = {"csrf_token": unescape(token[1])} if token else {}
        answer = self._client.post(
            path or self.path, data=data | fields, headers=self._headers, environ_overrides=self._environ
        )
        self.page = answer
        self.path = path or self.path
        return answer

    def forget_cookies(self) -> None:
        """Lose every cookie, as an expired browser session does."""
        for cookie in list(self._client._cookies or ()):
            self._client._cookies.pop(cookie, None)

    def sign_in(self, username: str, password: str) -> TestResponse:
        """Sign in at the form."""
        self.open("/signin")
        return self.send(username=username, password=password)

    def _follow(self, answer: TestResponse) -> TestResponse:
        for _ in range(10):
            location = answer.headers.get("Location", "")
            if answer.status_code not in {302, 303} or not location.startswith("/"):
                break
            self.path = location
            answer = self._client.get(location, headers=self._headers, environ_overrides=self._environ)
        self.page = answer
        return answer


def words(answer: TestResponse) -> str:
    """Return a page's text without tags, tokens and white space, to compare two pages."""
    text = re.sub(r"<[^>]+>", " ", answer.text)
    return " ".join(unescape(text).split())
