"""Grants and tokens as rows: what is stored, and what is purged."""

from datetime import timedelta

from sqlalchemy import func, select

from idp import purging
from idp.base import clock, crypto, database
from idp.oauth.models import Grant, RefreshToken, RevokedToken
from tests.factories import Browser, Client, Provider

OFFLINE = "openid offline_access"


def count(provider: Provider) -> dict[str, int]:
    """Return how many rows each table of tokens has."""
    with provider.working():
        tables = (Grant, RefreshToken, RevokedToken)
        return {t.__tablename__: database.session().scalar(select(func.count()).select_from(t)) or 0 for t in tables}


def grant(provider: Provider, client: Client) -> tuple[Browser, dict[str, str]]:
    """Sign somebody in and let the client have tokens."""
    browser = provider.browser(provider.person())
    return browser, provider.grant(client, browser, OFFLINE)


def test_secrets_are_stored_as_digests(provider: Provider) -> None:
    """The database holds the digest of a code or refresh token, never the secret itself."""
    client = provider.client()
    browser, tokens = grant(provider, client)
    code = browser.answer(client)["code"]
    with provider.working():
        rows = database.session().scalars(select(Grant).order_by(Grant.id)).all()
        stored = database.session().scalars(select(RefreshToken)).one()
    assert stored.digest == crypto.digest(tokens["refresh_token"])
    assert rows[-1].code_digest == crypto.digest(code)


def test_purging_keeps_what_is_still_of_use(provider: Provider) -> None:
    """Purging deletes what has expired, in time, and nothing that a replay or a refresh may still ask for."""
    client = provider.client(public=True)
    browser, tokens = grant(provider, client)
    tokens = provider.refresh(client, tokens["refresh_token"]).json
    provider.grant(client, browser)
    provider.revoke(client, tokens["access_token"])
    before = count(provider)
    assert before == {"grants": 2, "refresh_tokens": 2, "revoked_tokens": 1}
    for after, left in [
        (timedelta(minutes=5), before),
        (timedelta(hours=2), before | {"revoked_tokens": 0}),
        (timedelta(hours=26), {"grants": 2, "refresh_tokens": 2, "revoked_tokens": 0}),
        (timedelta(hours=50), {"grants": 1, "refresh_tokens": 2, "revoked_tokens": 0}),
        (timedelta(days=31), {"grants": 1, "refresh_tokens": 0, "revoked_tokens": 0}),
        (timedelta(days=92), {"grants": 0, "refresh_tokens": 0, "revoked_tokens": 0}),
    ]:
        with clock.moved(after), provider.working():
            purging.run()
        assert count(provider) == left, after
