"""Document 5's failures: each in its own shape, whatever fails, and nothing of them in HTML."""

from typing import get_args

from flask import Flask
from sqlalchemy import text

from idp.base import database
from idp.base.outcome import Reason, Refused
from idp.contracts.directory import shapes, sign_in
from idp.contracts.kit import Answer, Problem, operations
from idp.signin import doors
from tests.contracts.conftest import OpenHouse
from tests.contracts.house import LISTED_ORIGIN, Caller, House, new_name
from tests.contracts.user_management.front_end import STRONG
from tests.factories import Provider

OURS = {name: operation for name, operation in operations.items() if name.startswith("contract_directory.")}
POSTS = sorted({rule for operation in OURS.values() if operation.method == "POST" for rule in operation.rules})
DOCUMENTED = {
    "/user/signup/", "/user/signin/", "/user/username-exist/", "/user/email-exist/", "/user/refresh-access-jwt/",
    "/user/forgot-password/send-code/", "/user/forgot-password/check-code/", "/user/forgot-password/change-password/",
    "/user/search-username/", "/user/update-infos/", "/user/2fa/enable", "/user/2fa/verify", "/user/2fa/disable",
}  # fmt: skip
SIGN_IN_STATUS = {"/user/signup/", "/user/signin/", "/user/username-exist/", "/user/email-exist/"}
TEXTS = {"/user/forgot-password/send-code/", "/user/forgot-password/check-code/"}


def test_every_address_of_the_document_is_there() -> None:
    """The thirteen addresses that take a POST are the document's, and each route says how it fails."""
    assert set(POSTS) == DOCUMENTED
    assert all(operation.failures for operation in OURS.values())


def test_every_reason_has_a_status_and_a_sentence(app: Flask) -> None:
    """Whatever a service refuses can be told: the statuses and sentences that are the document's own, over those of all."""
    with app.test_request_context():
        for reason in Reason:
            told = shapes.adapter.contract.tell(Refused(reason))
            assert 400 <= told.status < 600
            assert told.message
            assert shapes.render(told) == {"errors": [told.message]}


def test_every_outcome_of_a_sign_in_is_answered(app: Flask) -> None:
    """A sign-in ends in one of three ways, and each has its answer."""
    assert set(get_args(doors.Outcome)) == {doors.SignedIn, doors.SecondFactorNeeded, Refused}
    with app.test_request_context():
        half = sign_in.enter(doors.SecondFactorNeeded("a ticket"))
        assert isinstance(half, Problem)
        assert (half.status, half.extra) == (401, {"two_factor_required": True, "mfa_token": "a ticket"})
        for reason in Reason:
            refused = sign_in.enter(Refused(reason))
            assert isinstance(refused, Problem)
            assert refused.status == 401
        assert not isinstance(refused, Answer)


def test_failures_before_the_view(provider: Provider) -> None:
    """Other methods, media types and sizes, and bodies that are no JSON, fail in the shape of the route."""
    http = provider.http
    for path in POSTS:
        for method in ("GET", "PUT", "DELETE"):
            other = http.open(path, method=method, headers={"Accept": "text/html"})
            assert (other.status_code, list(other.json)) == (405, ["errors"])
            assert "POST" in other.headers["Allow"]
        large = http.post(path, data=b'{"a": "' + b"x" * 300_000 + b'"}', content_type="application/json")
        form = http.post(path, data={"username": "ann"})
        broken = http.post(path, data=b"{", content_type="application/json")
        if path in {"/user/2fa/enable", "/user/2fa/disable"}:
            assert {large.status_code, form.status_code, broken.status_code} <= {
                400,
                413,
                415,
            }  # no token, first of all
        else:
            assert (large.status_code, form.status_code) == (413, 415)
            assert broken.status_code == (401 if path in SIGN_IN_STATUS else 400)
        for answer in (large, form, broken):
            is_text = answer.status_code == 400 and path in TEXTS
            assert isinstance(answer.json["errors"], str if is_text else list)
            assert answer.headers["Cache-Control"] == "no-store"


def test_surprises(app: Flask, provider: Provider) -> None:
    """An unexpected failure is 500 with a reference that the log has too, and tells nothing of what happened."""
    app.config["TESTING"] = False
    with provider.working():
        database.session().execute(text("ALTER TABLE accounts RENAME TO elsewhere"))
    try:
        answer = provider.http.post("/user/search-username/", json={"username": "ann"})
    finally:
        with provider.working():
            database.session().execute(text("ALTER TABLE elsewhere RENAME TO accounts"))
    assert (answer.status_code, list(answer.json)) == (500, ["errors"])
    (sentence,) = answer.json["errors"]
    said, _, reference = sentence.partition(" : ")
    assert said == "An unexpected error occurred"
    assert len(reference) == 12
    assert int(reference, 16) >= 0


def test_request_limits(open_own: OpenHouse) -> None:
    """Who asks too often, by POST or GET, is told to wait, in the document's shape."""
    with open_own("sqlite", IDP_RATELIMIT_ENABLED="true") as house:
        http = house.caller()
        for method, path, most in (("GET", "/user/1/", 120), ("POST", "/user/forgot-password/send-code/", 10)):
            answers = [http.ask(method, path, json={"email": "x@example.org"}) for _turn in range(most + 1)]
            assert [answer.status_code for answer in answers].count(429) == 1
            assert (answers[-1].status_code, list(answers[-1].json())) == (429, ["errors"])
            assert 0 < int(answers[-1].headers["Retry-After"]) <= 60


def test_listed_origins(house: House, http: Caller) -> None:
    """Pages of listed origins may read answers and failures, with credentials; others may not, and send nothing without a body."""
    listed, foreign = {"Origin": LISTED_ORIGIN}, {"Origin": "https://evil.example"}
    for path in ("/user/1/", "/user/signin/"):
        allowed = http.ask("OPTIONS", path, headers=listed | {"Access-Control-Request-Method": "POST"})
        assert allowed.headers["Access-Control-Allow-Origin"] == LISTED_ORIGIN
        assert allowed.headers["Access-Control-Allow-Credentials"] == "true"
    answer = http.post("/user/signin/", {}, headers=listed)
    assert answer.headers["Access-Control-Allow-Origin"] == LISTED_ORIGIN
    for path in POSTS:
        bare = http.post(path, headers=foreign)
        assert (bare.status_code, list(bare.json())) == (403, ["errors"])
        assert "Access-Control-Allow-Origin" not in bare.headers
        sent = http.post(path, data="{}", headers=foreign | {"Content-Type": "text/plain"})
        assert sent.status_code in {400, 415}


def test_mails_hold_one_code(house: House, http: Caller) -> None:
    """Each mail of this document has one link with a secret and one run of six capitals and digits beside it."""
    name = new_name("mail")
    email = f"{name}@example.org"
    assert http.post("/user/signup/", {"username": name, "email": email, "password": STRONG}).status_code == 201
    assert house.letter(email, subject="confirm").code.isdigit()
    for number in range(1, 5):
        http.post("/user/forgot-password/send-code/", {"email": email})
        letter = house.letter(email, number, subject="reset")
        assert letter.code in letter.text.split()
        assert letter.token.isalpha()
        assert letter.token.islower()
