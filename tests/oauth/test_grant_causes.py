"""What `invalid_grant` and `invalid_token` say of a code or token; what concerns a person only to a client that proved itself."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from idp import sessions
from idp.audit import AuditEvent
from idp.base import clock, database
from idp.oauth import consents
from idp.oauth.models import RefreshToken
from idp.oauth.refusals import SENTENCES, Cause
from tests.factories import Browser, Client, Person, Provider


@pytest.fixture
def browser(provider: Provider, ann: Person) -> Browser:
    """A browser in which Ann is signed in."""
    return provider.browser(ann)


@pytest.fixture
def ann(provider: Provider) -> Person:
    """Ann."""
    return provider.person()


def last(provider: Provider) -> AuditEvent:
    """Return the newest refusal on record."""
    query = select(AuditEvent).where(AuditEvent.event == "request.refused").order_by(AuditEvent.id.desc()).limit(1)
    with provider.working():
        row = database.session().scalars(query).one()
        database.session().expunge(row)
        return row


def disable(provider: Provider, ann: Person, _client: Client) -> None:
    """Disable the account."""
    with provider.account(ann) as account:
        account.disabled_at = clock.now()


def change_password(provider: Provider, ann: Person, _client: Client) -> None:
    """Do what a new password does to tokens."""
    with provider.account(ann) as account:
        account.token_epoch += 1


def withdraw(provider: Provider, ann: Person, client: Client) -> None:
    """Withdraw the consent."""
    with provider.working():
        consents.withdraw(ann.id, client.client_id, subject=ann.sub, source="127.0.0.1")


def sign_out(provider: Provider, ann: Person, _client: Client) -> None:
    """End every session."""
    with provider.working():
        sessions.end_all(ann.id, why=sessions.Ending(ann.sub, "test"))


ENDS: list[tuple[Callable[[Provider, Person, Client], None], Cause]] = [
    (disable, Cause.ACCOUNT_DISABLED),
    (change_password, Cause.CREDENTIALS_CHANGED),
    (withdraw, Cause.CONSENT_WITHDRAWN),
    (sign_out, Cause.SESSION_ENDED),
]


@pytest.mark.parametrize(("end", "cause"), ENDS)
@pytest.mark.parametrize("is_public", [False, True])
def test_what_ended_a_grant(
    provider: Provider, browser: Browser, ann: Person, end: Callable[[Provider, Person, Client], None], cause: Cause,
    is_public: bool,
) -> None:  # fmt: skip
    """The audit log has the cause; a client that proved itself is told it, a public one hears of people only that access has ended."""
    client = provider.client(public=is_public)
    scope = "openid" if cause is Cause.SESSION_ENDED else "openid offline_access"
    tokens = provider.grant(client, browser, scope)
    code = browser.answer(client, scope=scope)["code"]
    end(provider, ann, client)
    is_told = not is_public or cause is Cause.SESSION_ENDED
    told = SENTENCES[cause if is_told else Cause.GRANT_REVOKED]
    answers = [provider.redeem(client, code)]
    answers += [provider.refresh(client, tokens["refresh_token"])] if "refresh_token" in tokens else []
    for answer in answers:
        assert answer.json == {"error": "invalid_grant", "error_description": told}
        assert last(provider).detail["cause"] == cause
        assert last(provider).client_id == client.client_id
    at_userinfo = provider.userinfo(tokens["access_token"])
    assert at_userinfo.status_code == 401
    public_words = SENTENCES[cause if cause is Cause.SESSION_ENDED else Cause.GRANT_REVOKED]
    assert at_userinfo.json["error_description"] == public_words
    assert (last(provider).detail["endpoint"], last(provider).detail["cause"]) == ("userinfo", cause)


def test_what_became_of_a_code(provider: Provider, browser: Browser) -> None:
    """Unknown, used, expired, another client's, for another address: each code has its own sentence."""
    shop, phone, rival = provider.client(), provider.client(public=True), provider.client()

    def told(client: Client, code: str, **changes: str | None) -> Cause:
        answer = provider.redeem(client, code, **changes)
        assert answer.json["error"] == "invalid_grant"
        cause = Cause(last(provider).detail["cause"])
        public = {Cause.CODE_OF_ANOTHER_CLIENT: Cause.CODE_UNKNOWN} if client is phone else {}
        assert answer.json["error_description"] == SENTENCES[public.get(cause, cause)]
        assert code not in str(last(provider).detail)
        return cause

    code = browser.answer(shop)["code"]
    assert told(shop, "made-up") is Cause.CODE_UNKNOWN
    assert told(rival, code) is Cause.CODE_OF_ANOTHER_CLIENT
    assert told(phone, code) is Cause.CODE_OF_ANOTHER_CLIENT
    assert told(shop, code, redirect_uri=None) is Cause.REDIRECT_URI_MISSING
    assert told(shop, code, redirect_uri="https://rp.example/other") is Cause.REDIRECT_URI_DIFFERS
    assert told(shop, code, code_verifier="B" * 50) is Cause.VERIFIER_WRONG
    with clock.moved(timedelta(seconds=61)):
        assert told(shop, code) is Cause.CODE_EXPIRED
    assert provider.redeem(shop, code).status_code == 200
    assert told(shop, code) is Cause.CODE_USED
    assert told(shop, code) is Cause.CODE_USED


def test_what_became_of_a_refresh_token(provider: Provider, browser: Browser) -> None:
    """Unknown, another client's, used before and idle for too long: each refresh token has its own sentence."""
    shop, phone = provider.client(), provider.client(public=True)
    of_shop = provider.grant(shop, browser, "openid offline_access")["refresh_token"]
    of_phone = provider.grant(phone, browser, "openid offline_access")["refresh_token"]

    def told(client: Client, token: str) -> str:
        return str(provider.refresh(client, token).json["error_description"])

    assert told(shop, "made-up") == SENTENCES[Cause.REFRESH_TOKEN_UNKNOWN]
    assert told(shop, of_phone) == SENTENCES[Cause.REFRESH_TOKEN_OF_ANOTHER_CLIENT]
    assert told(phone, of_shop) == SENTENCES[Cause.REFRESH_TOKEN_UNKNOWN]
    assert last(provider).detail["cause"] == Cause.REFRESH_TOKEN_OF_ANOTHER_CLIENT
    assert provider.refresh(phone, of_phone).status_code == 200
    with clock.moved(timedelta(minutes=1)):
        assert told(phone, of_phone) == SENTENCES[Cause.REFRESH_TOKEN_USED]
        assert told(phone, of_phone) == SENTENCES[Cause.REFRESH_TOKEN_USED]
    with provider.working():
        database.run(update(RefreshToken).values(expires_at=clock.now()))
    assert told(shop, of_shop) == SENTENCES[Cause.REFRESH_TOKEN_EXPIRED]


def test_scopes_that_are_not_to_be_had_are_named(provider: Provider, browser: Browser) -> None:
    """`invalid_scope` says which scope was refused, in the answer and on record (RFC 6749, 3.3)."""
    shop = provider.client()
    refresh_token = provider.grant(shop, browser, "openid offline_access")["refresh_token"]
    said = provider.refresh(shop, refresh_token, scope="openid email").json["error_description"]
    assert "email" in said
    assert last(provider).detail["cause"] == said
    assert last(provider).detail["error"] == "invalid_scope"


def test_client_credentials_without_a_scope(provider: Provider) -> None:
    """Without `scope` a client gets every scope of its own, none of a person's, and the answer says which (RFC 6749, 3.3)."""
    machine = provider.client(grant_types=["client_credentials"], scope="openid read email write", redirect_uris=[])
    answer = provider.token(machine, grant_type="client_credentials").json
    assert answer["scope"] == "read write"
    assert provider.verify(answer["access_token"], provider.issuer)["scope"] == "read write"
    nobody = provider.client(grant_types=["client_credentials"], scope="", redirect_uris=[])
    assert "scope" not in provider.token(nobody, grant_type="client_credentials").json


def test_an_access_token_that_has_expired_is_no_event(provider: Provider, browser: Browser) -> None:
    """Userinfo says that a token has expired, is revoked or stands for nobody; the ordinary end alone leaves no line in the audit log."""
    shop = provider.client(grant_types=["authorization_code", "client_credentials"], scope="openid email read")
    tokens = provider.grant(shop, browser)
    with clock.moved(timedelta(minutes=11)):
        answer = provider.userinfo(tokens["access_token"])
        assert answer.json["error_description"] == SENTENCES[Cause.ACCESS_TOKEN_EXPIRED]
        assert SENTENCES[Cause.ACCESS_TOKEN_EXPIRED] in answer.headers["WWW-Authenticate"]
    with provider.working():
        assert database.session().scalars(select(AuditEvent).where(AuditEvent.event == "request.refused")).all() == []
    provider.revoke(shop, tokens["access_token"])
    own = provider.token(shop, grant_type="client_credentials").json["access_token"]
    for token, cause in (
        (tokens["access_token"], Cause.ACCESS_TOKEN_REVOKED),
        (own, Cause.ACCESS_TOKEN_WITHOUT_PERSON),
        (tokens["id_token"], Cause.ACCESS_TOKEN_FOREIGN),
        ("made-up", Cause.ACCESS_TOKEN_FOREIGN),
    ):
        assert provider.userinfo(token).json["error_description"] == SENTENCES[cause]
        assert last(provider).detail["cause"] == cause
