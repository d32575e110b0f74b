"""An application as document 2 knows it: registered with the key, its people sent through a browser, its requests as written there."""

from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

import requests

from tests.contracts.house import ADMIN_KEY, Caller, House, Member
from tests.factories import CSRF, PASSWORD

KEY = {"X-Admin-Key": ADMIN_KEY}
REDIRECT_URL = "https://localhost:8080/test"
NEW_CLIENT = {"app_name": "Test App", "contact_email": "contact@app.com", "redirect_url": REDIRECT_URL}


@dataclass
class Application:
    """A client of `/clients/register`."""

    house: House
    client_id: str
    secret: str
    redirect_url: str = REDIRECT_URL

    @property
    def basic(self) -> tuple[str, str]:
        """What `requests` puts into the Authorization header: base64 of client-id:client-secret."""
        return self.client_id, self.secret

    def post(self, **form: str) -> requests.Response:
        """Send a token request."""
        return self.house.caller().post("/oauth/token", data=form, auth=self.basic)

    def redeem(self, code: str, **form: str) -> requests.Response:
        """Ask for tokens with the words of the document."""
        return self.post(grant_type="authorization_code", authorization_code=code, **form)

    def refresh(self, refresh_token: str) -> requests.Response:
        """Ask for a new access token."""
        return self.post(grant_type="refresh_token", refresh_token=refresh_token)

    def authorize(self, **parameters: str) -> str:
        """Return the path that the application sends its people to; nothing is named that may be left out."""
        values = {"response_type": "code", "client_id": self.client_id} | parameters
        return f"/oauth/authorize?{urlencode(values)}"

    def tokens(self, person: Member, **parameters: str) -> dict[str, Any]:
        """Walk a person through a browser of their own, and return the token answer."""
        answer = Surfer(self.house).walk(self.authorize(**parameters), person)
        redeemed = self.redeem(answer["code"])
        assert redeemed.status_code == 200, redeemed.text
        return dict(redeemed.json())


def register(house: House, **members: Any) -> Application:
    """Register an application as the document does."""
    answer = house.caller().post("/clients/register", NEW_CLIENT | members, headers=KEY)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return Application(house, body["client_id"], body["client_secret"], body["redirect_url"])


class Surfer:
    """A browser: it keeps cookies, opens pages, and sends their main form."""

    def __init__(self, house: House) -> None:
        self.http: Caller = house.caller(Accept="text/html")

    def open(self, path: str) -> requests.Response:
        """Open a page, following redirects on this server."""
        answer = self.http.get(path)
        while answer.status_code == 303 and answer.headers["Location"].startswith("/"):
            self.path = answer.headers["Location"]
            answer = self.http.get(self.path)
        return answer

    def send(self, page: requests.Response, **fields: str) -> requests.Response:
        """Send the form of a page, and go on as a browser does."""
        token = CSRF.search(page.text)
        assert token is not None, page.text
        path = page.url.removeprefix(self.http.url)
        answer = self.http.post(path, data={"csrf_token": unescape(token[1])} | fields)
        location = answer.headers.get("Location", "")
        return self.open(location) if answer.status_code == 303 and location.startswith("/") else answer

    def walk(self, path: str, person: Member | None = None, password: str = PASSWORD) -> dict[str, str]:
        """Follow an authorization request, signing in and agreeing where asked; return what the application gets."""
        page = self.open(path)
        if person is not None and 'name="password"' in page.text:
            page = self.send(page, username=person.email, password=password)
        if 'value="allow"' in page.text:
            page = self.send(page, decision="allow")
        assert page.status_code == 303, page.text
        return dict(parse_qsl(urlsplit(page.headers["Location"]).query))


def quoted(client_id: str, secret: str) -> tuple[str, str]:
    """Return credentials as RFC 6749, section 2.3.1, has them encoded."""
    return quote_plus(client_id), quote_plus(secret)
