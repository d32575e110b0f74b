"""A front end of document 5, for its tests: it keeps a refresh token, trades it for access tokens, and sends the latter bare."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests
from sqlalchemy import select

from idp.accounts.models import Proof
from idp.base.database import session
from idp.sessions import BrowserSession
from tests.contracts.house import Caller, House, Member
from tests.factories import PASSWORD

STRONG, NEW_STRONG = "Validpass42*", "NewPassword42*"
NO_ACCESS = {"errors": ["Invalid or missing access token"]}
TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")
OK = {"ok": "ok"}


@dataclass
class Session:
    """A person, a client, and what it got at the sign-in."""

    member: Member
    http: Caller
    refresh: str
    access: str

    def send(self, path: str, body: Any = None, **options: Any) -> requests.Response:
        """Send a POST with the access token, without the word Bearer."""
        return self.http.post(path, body, headers={"Authorization": self.access}, **options)

    def update(self, *names: str, **values: Any) -> requests.Response:
        """Ask for changes; a list that is not given is that of the values."""
        body = {"access_token": self.access, "change_list": list(names or values)} | values
        return self.http.post("/user/update-infos/", body)

    @property
    def is_alive(self) -> bool:
        """Whether the access token is still taken: a list of no changes is complained of, not the token."""
        return self.send("/user/2fa/verify", {"code": ""}).json() != {"errors": [GONE]}

    @property
    def is_refreshable(self) -> bool:
        """Whether the refresh token still works."""
        return refresh(self.http, self.refresh).status_code == 200


GONE = "That took too long, or too many tries. Sign in again."


def sign_in(house: House, member: Member | None = None, password: str = PASSWORD, **more: Any) -> Session:
    """Sign somebody in (a new person unless one is named) with a client of their own."""
    member = member or house.member()
    http = house.caller()
    answer = http.post("/user/signin/", {"username": member.username, "password": password} | more)
    assert answer.status_code == 201, answer.text
    token = answer.json()["refresh_token"]
    return Session(member, http, token, refresh(http, token).json()["access_token"])


def refresh(http: Caller, token: str) -> requests.Response:
    """Trade a refresh token for an access token."""
    return http.post("/user/refresh-access-jwt/", {"refresh_token": token})


def send_code(house: House, http: Caller, email: str, number: int = 1) -> str:
    """Ask for a code, and return it from the mail with this number."""
    assert http.post("/user/forgot-password/send-code/", {"email": email}).status_code == 200
    return house.letter(email, number, subject="reset").code


def wrong(code: str) -> str:
    """Return another code of six capitals and digits."""
    return ("A" if code[0] != "A" else "B") + code[1:]


def age(house: House, person: Member, minutes: int = 11) -> None:
    """Let every sign-in of somebody, and every code that waits, have been so many minutes earlier."""
    earlier = timedelta(minutes=minutes)
    with house.provider.working():
        for browser in session().scalars(select(BrowserSession).where(BrowserSession.account_id == person.id)):
            browser.auth_time -= earlier
        for proof in session().scalars(select(Proof).where(Proof.email == person.email)):
            proof.code_expires_at -= earlier
