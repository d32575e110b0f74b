"""What the older interfaces share: failures in each one's own shape, never HTML, and routes that collide."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Blueprint, Flask
from pydantic import BaseModel
from sqlalchemy import text

from idp import contracts, create_app
from idp.base.database import connection
from idp.base.outcome import Busy, Reason, Refused
from idp.contracts.kit import (
    Adapter,
    Answer,
    Body,
    Contract,
    Operation,
    Problem,
    adapter,
    operations,
    refuse_collisions,
)
from idp.contracts.kit.demands import Demand
from tests.conftest import dispose, make_settings
from tests.contracts.conftest import OpenHouse
from tests.contracts.house import Caller, House
from tests.factories import PASSWORD

EVIL = "https://evil.example"


class SampleError(BaseModel):
    """The failures of an interface that only this file knows."""

    problem: str


def render(problem: Problem) -> dict[str, Any]:
    """Write a failure of the sample."""
    return {"problem": problem.message}


@pytest.fixture
def sample(app: Flask) -> Iterator[Flask]:
    """The application with one more interface, whose views fail in every way."""
    contract = Contract("sample", "Sample", render, SampleError, {Reason.UNKNOWN: (418, "No teapot.")})
    bp = Blueprint("contract_sample", __name__)
    known = set(operations)
    interface = Adapter(contract, bp)

    @interface.route(
        "GET", "/sample/<name>/", summary="Fail", answers={200: None}, demand=Demand.NOTHING, limits=("600 per minute",)
    )
    def fail(name: str) -> Answer | Problem:
        match name:
            case "busy":
                raise Busy
            case "surprise":
                raise RuntimeError("a secret of the server")
            case "unknown":
                return contract.tell(Refused(Reason.UNKNOWN))
            case "waiting":
                return contract.tell(Refused(Reason.TOO_MANY_TRIES, retry_after=7))
            case _:
                return Problem(404, "There is none.", extra={"more": name})

    app.register_blueprint(bp)
    yield app
    for name in set(operations) - known:
        del operations[name]


def as_read(operation: Operation) -> str:
    """Return an address of an operation, its placeholders filled in."""
    return adapter.PLACEHOLDER.sub("1", operation.rules[0])


def ask(app: Flask, path: str, method: str = "GET", **options: Any) -> Any:
    """Send a request that would like a page best."""
    headers = {"Accept": "text/html,*/*;q=0.1", **options.pop("headers", {})}
    return app.test_client().open(path, method=method, headers=headers, **options)


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/sample/none/", 404, "There is none."),
        ("/sample/unknown/", 418, "No teapot."),
        ("/sample/waiting/", 429, "Too many tries. Wait a little, then try again."),
        ("/sample/busy/", 503, "The server is very busy. Try again in a moment."),
    ],
)
def test_failures_of_a_view(sample: Flask, path: str, status: int, sentence: str) -> None:
    """A refusal, an overload and an unknown entry have the interface's own shape, also for callers who would like a page."""
    answer = ask(sample, path)
    assert (answer.status_code, answer.json["problem"]) == (status, sentence)
    assert answer.headers.get("Retry-After") == {429: "7", 503: "5"}.get(status)


def test_a_surprise_in_a_view(sample: Flask) -> None:
    """An exception answers 500 with a reference, and nothing of what it says."""
    answer = ask(sample, "/sample/surprise/")
    assert (answer.status_code, answer.mimetype) == (500, "application/json")
    assert "Reference: " in answer.json["problem"]
    assert "secret" not in answer.text


def test_every_route_fails_in_its_own_shape(app: Flask) -> None:
    """At every route of every interface 403, 405, 413, 415 and unreadable JSON have the shape that the interface documents."""
    json_type = {"Content-Type": "application/json"}
    for operation in list(operations.values()):
        path, seen = as_read(operation), {}
        attempts: dict[int, dict[str, Any]] = {405: {"method": "DELETE"}}
        own = {"method": operation.method}
        if operation.method != "GET":
            attempts[403] = own | {"headers": {"Origin": EVIL}}
            attempts[413] = own | {"data": b" " * 300_000, "headers": json_type}
            if operation.admit is None:
                attempts[415] = own | {"data": b"a=b", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
                attempts[int(operation.unreadable)] = own | {"data": b"{", "headers": json_type}
        for status, options in attempts.items():
            answer = ask(app, path, **options)
            seen[status] = answer.status_code
            assert answer.mimetype == "application/json", f"{operation.method} {path} {status}: {answer.text[:200]}"
            with app.test_request_context():
                owner = adapter.owner_of(path) if status == 405 else operation.contract
            assert owner is not None
            assert answer.json.keys() == owner.render(Problem(answer.status_code, "x")).keys(), path
            assert status != 405 or operation.method in answer.headers["Allow"], path
        assert seen == {status: status for status in seen}, f"{operation.method} {path}"


def test_a_path_that_nobody_owns(house: House, http: Caller) -> None:
    """An unknown path, one without its slash among them, is a JSON 404 or a page, by Accept, and never a redirect."""
    for path in ("/users/4711/", "/auth/password/reset", "/users/me"):
        plain = http.get(path, headers={"Accept": "application/json"})
        assert (plain.status_code, plain.json()["error"]) == (404, "not_found")
        page = http.get(path, headers={"Accept": "text/html"})
        assert (page.status_code, page.headers["Content-Type"].partition(";")[0]) == (404, "text/html")


def test_a_zero_in_the_query(http: Caller) -> None:
    """A query that no database takes answers 400 in the interface's shape, for a page's sake or not."""
    answer = http.get("/users/me/?a=%00", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.json()["error"]) == (400, "Bad Request")


def test_clear_text_where_https_is_needed(app: Flask) -> None:
    """A request that did not come over HTTPS to a provider that needs it answers 400 in the interface's shape."""
    own = app.extensions["idp.settings"]
    secure = create_app(make_settings(own.data_dir, own.database_url, issuer="https://id.example"))
    try:
        answer = ask(secure, "/auth/login/", "POST", json={})
        assert (answer.status_code, answer.json["detail"]) == (400, "This server answers only over HTTPS.")
    finally:
        dispose(secure)


# Limits and surprises at a server of their own


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def limited(request: pytest.FixtureRequest, open_own: OpenHouse) -> Iterator[House]:
    """A server with request limits, whose tables this file may take away."""
    with open_own(request.param, IDP_RATELIMIT_ENABLED="true") as house:
        yield house


def test_too_many_requests(limited: House) -> None:
    """The eleventh reset of a minute from one address is 429 with the time to wait; other addresses are served."""
    http = limited.caller()
    answers = [http.post("/auth/password/reset/", {"email": "ann@example.org"}) for _turn in range(11)]
    assert [answer.status_code for answer in answers] == [202] * 10 + [429]
    assert answers[-1].json().keys() == {"error", "message"}
    assert answers[-1].json()["error"] == "Too Many Requests"
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert limited.caller().post("/auth/password/reset/", {"email": "ann@example.org"}).status_code == 202


def test_a_database_that_fails(limited: House) -> None:
    """A missing table answers 500 in the shape of the address, with the reference that the log has, and no word of SQL."""
    http = limited.caller()
    for path, body, names in (
        ("/auth/token/", {"username": "ann", "password": PASSWORD}, {"error", "message"}),
        ("/auth/login/", {"username": "ann", "password": PASSWORD}, {"error", "message", "detail"}),
    ):
        with limited.provider.working():
            connection().execute(text("ALTER TABLE accounts RENAME TO gone"))
        try:
            answer = http.post(path, body)
        finally:
            with limited.provider.working():
                connection().execute(text("ALTER TABLE gone RENAME TO accounts"))
        assert (answer.status_code, answer.json().keys()) == (500, names)
        reference = answer.json()["message"].rpartition("Reference: ")[2]
        assert len(reference) == 12
        assert reference in limited.server.log()
        assert "accounts" not in answer.text
    assert http.post("/auth/token/", {"username": "ann", "password": PASSWORD}).status_code == 401


# Routes


@pytest.mark.parametrize("rule", ["/auth/login/", "/user/<whoever>/"])
def test_routes_that_collide(rule: str) -> None:
    """The house does not boot where an interface's route is answered already, whatever its placeholder is called."""
    app = Flask("collision")
    for method in ("GET", "POST"):
        app.add_url_rule(rule, f"other {method}", lambda: "", methods=[method])
    with pytest.raises(RuntimeError, match="is answered by"):
        contracts.init_app(app)


def test_routes_that_share_a_path(app: Flask) -> None:
    """Different methods at one path collide with nothing, and the house itself has no collision."""
    app.add_url_rule("/auth/login/", "another", lambda: "", methods=["GET"])
    refuse_collisions(app)


class Texts(Body):
    """A body with a text."""

    text: str


def test_bodies_ignore_what_they_do_not_know(app: Flask) -> None:
    """Members that a body does not name may hold anything; those that it names have their very type."""
    from idp.contracts.kit import read_body

    with app.test_request_context(json={"text": "x", "more": {"deep": [{"er": 1}]}}):
        body = read_body(Texts)
        assert isinstance(body, Texts)
        assert body.text == "x"
    for wrong in (1, True, None, ["x"], {"x": 1}):
        with app.test_request_context(json={"text": wrong}):
            problem = read_body(Texts)
            assert isinstance(problem, Problem)
            assert (problem.status, list(problem.fields)) == (400, ["text"])
