"""The rules that pages enforce, at every other door: what each route of the older interfaces demands, and tokens from before a policy."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from idp.accounts import email_change, lookup
from idp.base import clock
from idp.base.database import session
from idp.clients import service
from idp.contracts import bearer, cookies, directory
from idp.contracts.kit import Demand, operations
from idp.factors import policy, totp
from idp.factors.models import Authenticator
from idp.factors.policy import Required
from idp.oauth import direct
from idp.oauth.models import Grant
from idp.sessions import Device, Proof
from tests.factories import PASSWORD, Client, Person, Provider

NEW = "Another-Phrase-42*"
ELEVEN = timedelta(minutes=11)
CALLERS = {"bearer": bearer.shapes.caller, "cookies": cookies.shapes.caller, "directory": directory.shapes.caller}
# Of every route that a token opens: which token, method and path, a body that would change something, and what an old sign-in adds.
CALLS: dict[str, tuple[str, str, str, dict[str, Any], dict[str, Any]]] = {
    "contract_bearer.refresh_access": ("refresh", "POST", "/auth/token/refresh/", {"refresh": "{token}"}, {}),
    "contract_bearer.refresh_tokens": ("refresh", "POST", "/auth/jwt/refresh/", {"refresh_token": "{token}"}, {}),
    "contract_bearer.show_profile": ("access", "GET", "/users/me/", {}, {}),
    "contract_bearer.patch_profile": ("access", "PATCH", "/users/me/", {"email": "x@example.com"}, {"current_password": PASSWORD}),
    "contract_bearer.put_profile": (
        "access", "PUT", "/users/profile/", {"email": "x@example.com", "username": "ann"}, {"current_password": PASSWORD}
    ),
    "contract_bearer.change_password": (
        "access", "POST", "/auth/password/change/", {"old_password": "", "new_password": NEW}, {"old_password": PASSWORD}
    ),
    "contract_bearer.patch_password": (
        "access", "PATCH", "/users/me/password/", {"old_password": "", "new_password": NEW}, {"old_password": PASSWORD}
    ),
    "contract_cookies.refresh": ("cookie", "POST", "/auth/refresh", {}, {}),
    "contract_cookies.choose_username": ("access", "POST", "/auth/username", {"username": "renamed"}, {}),
    "contract_directory.refresh_access": ("refresh", "POST", "/user/refresh-access-jwt/", {"refresh_token": "{token}"}, {}),
    "contract_directory.update_infos": (
        "access", "POST", "/user/update-infos/", {"change_list": ["email"], "email": "x@example.com"}, {"current_password": PASSWORD}
    ),
    "contract_directory.enable": ("access", "POST", "/user/2fa/enable", {}, {"current_password": PASSWORD}),
    "contract_directory.verify": ("access", "POST", "/user/2fa/verify", {"code": "000000"}, {}),
    "contract_directory.disable": ("access", "POST", "/user/2fa/disable", {}, {"password": PASSWORD}),
}  # fmt: skip
BY_TOKEN = {Demand.SIGNED_IN, Demand.FRESH, Demand.ENROLLING}


@pytest.fixture
def ann(provider: Provider) -> Person:
    """Somebody with a username."""
    return provider.person(username="ann")


def sign_in(provider: Provider, ann: Person, endpoint: str) -> direct.Pair:
    """Sign in at the interface of a route."""
    with provider.working():
        account = lookup.find(ann.id)
        assert account is not None
        caller = CALLERS[endpoint.partition(".")[0].removeprefix("contract_")]()
        return direct.sign_in(caller, account, Proof(["pwd"], first_at=clock.now()), Device("192.0.2.1", "a program"))


def call(provider: Provider, endpoint: str, pair: direct.Pair, **more: Any) -> TestResponse:
    """Call a route with a token of a sign-in."""
    kind, method, path, body, _proof = CALLS[endpoint]
    body = {name: pair.refresh_token if value == "{token}" else value for name, value in body.items()} | more
    http = provider.app.test_client()
    if kind == "cookie":
        http.set_cookie("refreshToken", pair.refresh_token)
    headers = {"Authorization": f"Bearer {pair.access_token}"} if kind == "access" else {}
    answer: TestResponse = http.open(path, method=method, headers=headers, json=body or None)
    return answer


def state(provider: Provider, ann: Person) -> tuple[Any, ...]:
    """Return what a route could have changed."""
    with provider.working():
        account = lookup.find(ann.id)
        assert account is not None
        begun = session().scalars(select(Authenticator.id)).all()
        return account.username, account.password_hash, email_change.find_asked(account), tuple(begun)


def test_every_route_declares_what_it_demands() -> None:
    """Each route that a token opens says so and is tried below; one that demands nothing takes no token."""
    for endpoint, operation in operations.items():
        named = operation.security if isinstance(operation.security, tuple) else (operation.security,)
        takes = {name for name in named if name in {"bearer", "refreshToken", "refresh_token"}}
        if operation.demand in {Demand.NOTHING, Demand.KEY}:
            assert not takes, endpoint
        assert (operation.demand is Demand.KEY) == ("admin_key" in named), endpoint
    assert {endpoint for endpoint, operation in operations.items() if operation.demand in BY_TOKEN} == set(CALLS)
    ending = {endpoint for endpoint, operation in operations.items() if operation.demand is Demand.ENDING}
    assert ending == {"contract_bearer.log_out", "contract_cookies.log_out"}


@pytest.mark.parametrize("endpoint", CALLS)
def test_a_policy_reaches_tokens_from_before(provider: Provider, ann: Person, endpoint: str) -> None:
    """Once a second factor is required of everybody, a token that has shown one opens nothing: the document's own refusal (item 23)."""
    pair, before = sign_in(provider, ann, endpoint), state(provider, ann)
    require(provider, Required.EVERYBODY)
    answer = call(provider, endpoint, pair, **CALLS[endpoint][4])
    is_enrolling = operations[endpoint].demand is Demand.ENROLLING
    assert answer.status_code == (refusal(endpoint) if not is_enrolling else answer.status_code)
    if is_enrolling:
        assert b"access token" not in answer.data
    else:
        assert answer.is_json
        assert state(provider, ann) == before
    require(provider, Required.NOBODY)
    assert call(provider, endpoint, pair, **CALLS[endpoint][4]).status_code != 401


def refusal(endpoint: str) -> int:
    """Return the status of a token that is not good: document 5 has 400 for all."""
    return 400 if endpoint.startswith("contract_directory") else 401


@pytest.mark.parametrize("of", [Required.ADMINISTRATORS, Required.EVERYBODY])
def test_a_policy_asks_of_whom_it_is_for(provider: Provider, of: Required) -> None:
    """A policy for administrators ends an administrator's tokens and nobody else's; who has shown two factors goes on."""
    root = provider.person("root@example.org", is_admin=True, username="root")
    bob = provider.person("bob@example.org", username="bob")
    endpoint = "contract_bearer.refresh_access"
    pairs = {person.id: sign_in(provider, person, endpoint) for person in (root, bob)}
    require(provider, of)
    assert call(provider, endpoint, pairs[root.id]).status_code == 401
    assert call(provider, endpoint, pairs[bob.id]).status_code == (401 if of is Required.EVERYBODY else 200)
    with provider.working():
        account = lookup.find(bob.id)
        assert account is not None
        account.second_factor_since = clock.now()
        proof = Proof(["pwd", "otp", "mfa"], first_at=clock.now(), second_at=clock.now())
        two = direct.sign_in(bearer.shapes.caller(), account, proof, Device("192.0.2.1", ""))
    assert call(provider, endpoint, two).status_code == 200


@pytest.mark.parametrize("endpoint", [name for name in CALLS if CALLS[name][4]])
def test_what_is_sensitive_wants_a_fresh_sign_in(provider: Provider, ann: Person, endpoint: str) -> None:
    """Eleven minutes after the sign-in a change of address, password or factors wants the present password (items 7, 32)."""
    pair, before = sign_in(provider, ann, endpoint), state(provider, ann)
    assert operations[endpoint].demand in {Demand.FRESH, Demand.ENROLLING}
    with clock.moved(ELEVEN):
        # The shortest of the tokens lives fifteen minutes.
        answer = call(provider, endpoint, pair)
        assert answer.status_code == 400
        assert answer.is_json
        assert state(provider, ann) == before
        wrong = dict.fromkeys(CALLS[endpoint][4], "not the password")
        assert call(provider, endpoint, pair, **wrong).status_code == 400
        assert state(provider, ann) == before
        if endpoint != "contract_directory.disable":  # there is nothing to disable
            assert call(provider, endpoint, pair, **CALLS[endpoint][4]).status_code == 200
            assert state(provider, ann) != before


def test_whoever_must_enrol_can_finish_it_by_a_token(provider: Provider, ann: Person) -> None:
    """Under the policy a session of an older interface may set up the factor, and goes on once it has shown it."""
    pair = sign_in(provider, ann, "contract_directory.enable")
    require(provider, Required.EVERYBODY)
    assert call(provider, "contract_directory.refresh_access", pair).status_code == 400
    assert call(provider, "contract_directory.enable", pair).mimetype == "image/png"
    with provider.working():
        row, account = totp.find_pending(ann.id), lookup.find(ann.id)
        assert row is not None
        assert account is not None
        app = pyotp.parse_uri(totp.provisioning_uri(row, account))
    assert isinstance(app, pyotp.TOTP)
    code = app.at(clock.now())
    assert call(provider, "contract_directory.verify", pair, code=code).status_code == 200
    assert call(provider, "contract_directory.refresh_access", pair).status_code == 200


def test_ending_is_always_possible(provider: Provider, ann: Person) -> None:
    """A token that the policy has overtaken opens nothing, but still signs out."""
    pair = sign_in(provider, ann, "contract_bearer.log_out")
    require(provider, Required.EVERYBODY)
    ended = provider.http.post("/auth/logout/", json={"refresh_token": pair.refresh_token})
    assert ended.status_code == 200
    require(provider, Required.NOBODY)
    assert call(provider, "contract_bearer.refresh_access", pair).status_code == 401


def require(provider: Provider, required: Required) -> None:
    """Set the policy."""
    with provider.working():
        policy.put(required, actor="the test")


def for_client(provider: Provider, client: Client) -> None:
    """Require two factors of one client's people."""
    with provider.registration(client) as row:
        row.require_second_factor = True
    with provider.working():
        service.reload()


DEMANDED: list[Callable[[Provider, Client], None]] = [
    lambda provider, _client: require(provider, Required.EVERYBODY),
    for_client,
]


@pytest.mark.parametrize("demand", DEMANDED, ids=["by the policy", "by the client"])
def test_tokens_of_applications_end_with_too_little_shown(
    provider: Provider, ann: Person, demand: Callable[[Provider, Client], None]
) -> None:
    """A refresh, a code, userinfo, introspection and document 2's data refuse a grant from before the demand; revoking it works."""
    scope = "openid profile email offline_access"
    client = provider.client(scope=scope)
    browser = provider.browser(ann)
    granted = provider.grant(client, browser, scope=scope)
    code = browser.answer(client, scope=scope)["code"]
    bearer_header = {"Authorization": f"Bearer {granted['access_token']}"}
    assert provider.http.get("/oauth/userinfo", headers=bearer_header).status_code == 200
    demand(provider, client)
    refreshed = provider.refresh(client, granted["refresh_token"])
    assert (refreshed.status_code, refreshed.json["error"]) == (400, "invalid_grant")
    redeemed = provider.redeem(client, code)
    assert (redeemed.status_code, redeemed.json["error"]) == (400, "invalid_grant")
    answer = provider.http.get("/oauth/userinfo", headers=bearer_header)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert provider.http.get("/user/info?username=ann", headers=bearer_header).status_code == 401
    for token in (granted["access_token"], granted["refresh_token"]):
        assert provider.introspect(client, token).json == {"active": False}
    provider.revoke(client, granted["refresh_token"])
    with provider.working():
        assert any(session().scalars(select(Grant.revoked_at).where(Grant.offline)))
