"""What asking document 3 for codes tells of who has an account: nothing."""

import pytest
from flask import Flask
from sqlalchemy import event

from idp.base import clock
from idp.base.database import engine
from tests.contracts.cookie_auth.front_end import new_address
from tests.contracts.house import Caller, House
from tests.factories import Provider

ASKING = [
    ("/auth/resend-otp", {"type": "verify"}),
    ("/auth/resend-otp", {"type": "reset"}),
    ("/auth/forgot-password", {}),
]


@pytest.mark.parametrize(("path", "more"), ASKING)
def test_asking_for_a_code_tells_nothing(house: House, http: Caller, path: str, more: dict[str, str]) -> None:
    """Verified, unverified, closed and unknown addresses get the same status, body and headers; mail goes where it should."""
    people = [house.member(), house.member(verified=False), house.member(disabled_at=clock.now())]
    emails = [*(person.email for person in people), new_address()]
    answers = [http.post(path, {"email": email} | more) for email in emails]
    shown = {(answer.status_code, answer.text, tuple(sorted(set(answer.headers)))) for answer in answers}
    assert len(shown) == 1
    assert answers[0].status_code == 200
    told = emails[1] if more.get("type") == "verify" else emails[0]
    house.letter(told)
    reached = [bool(house.letters(email)) for email in emails]
    assert reached == (
        [False, True, False, False] if more.get("type") == "verify" else [True, reached[1], False, False]
    )


@pytest.mark.parametrize(("path", "more"), ASKING)
def test_asking_for_a_code_is_the_same_work(app: Flask, provider: Provider, path: str, more: dict[str, str]) -> None:
    """For every kind of address the same statements are sent to the database: the time tells nothing either."""
    provider.person("verified@example.org")
    provider.person("waiting@example.org", verified=False)
    done: dict[str, list[str]] = {}
    for name in ("warm", "verified", "waiting", "nobody"):
        statements = done.setdefault(name, [])

        def note(_connection: object, _cursor: object, text: str, *_more: object, kept: list[str] = statements) -> None:
            kept.append(text)

        with app.app_context():
            event.listen(engine(), "before_cursor_execute", note)
            try:
                answer = provider.http.post(path, json={"email": f"{name}@example.org"} | more)
            finally:
                event.remove(engine(), "before_cursor_execute", note)
        assert answer.status_code == 200
    assert done["verified"] == done["waiting"] == done["nobody"]
