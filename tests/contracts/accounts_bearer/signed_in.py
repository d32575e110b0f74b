"""Signing in through document 1, for its tests."""

from dataclasses import dataclass
from typing import Any

from tests.contracts.house import Caller, House, Member
from tests.factories import PASSWORD

NEW_PASSWORD = "newStrongPassword123"
UNAUTHORIZED = {"error": "Unauthorized", "message": "Invalid or expired access token."}
WRONG_SHARED = {
    "error": "Unauthorized",
    "message": "Invalid credentials.",
    "detail": "No active account found with the given credentials",
}


@dataclass
class Session:
    """A person, a client and what it got at the sign-in."""

    member: Member
    http: Caller
    access: str
    refresh: str

    def me(self) -> dict[str, Any]:
        """Return the profile, which must be readable."""
        answer = self.http.get("/users/me/", token=self.access)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    @property
    def is_alive(self) -> bool:
        """Whether the access token still works."""
        return self.http.get("/users/me/", token=self.access).status_code == 200

    @property
    def is_refreshable(self) -> bool:
        """Whether the refresh token still works."""
        return self.http.post("/auth/token/refresh/", {"refresh_token": self.refresh}).status_code == 200


def sign_in(house: House, member: Member | None = None, password: str = PASSWORD, **more: Any) -> Session:
    """Sign somebody in (a new person unless one is named) with a client of their own."""
    member = member or house.member()
    http = house.caller()
    answer = http.post("/auth/token/", {"username": member.username, "password": password} | more)
    assert answer.status_code == 200, answer.text
    return Session(member, http, answer.json()["access_token"], answer.json()["refresh_token"])
