"""Why a client was refused: in the audit log always, in the answer where it tells a guesser nothing, and never so often that it floods."""

import ast
import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from idp.audit import AuditEvent
from idp.base import clock, database
from idp.oauth import refusals
from idp.oauth.refusals import SENTENCES, Cause
from idp.oauth.refusals.answering import UNFIT
from idp.oauth.refusals.recording import MOST, WITHIN
from tests.factories import Client, Provider
from tests.spec.rfc7523.asserting import make, make_mac, register, send, write

OAUTH = Path(refusals.__file__).parents[1]
MACHINE = {"grant_type": "client_credentials"}
SECRET = "guessed-by-somebody"


def events(provider: Provider, event: str = "client.authenticated") -> list[AuditEvent]:
    """Return the refusals on record, oldest first."""
    query = select(AuditEvent).where(AuditEvent.event == event, AuditEvent.outcome == "failure").order_by(AuditEvent.id)
    with provider.working():
        rows = list(database.session().scalars(query))
        database.session().expunge_all()
        return rows


def by_basic(provider: Provider, client_id: str, secret: str) -> TestResponse:
    """Ask with Basic credentials."""
    return provider.token(Client(client_id, secret, None), **MACHINE)  # type: ignore[arg-type]


Ask = Callable[[Provider, Client, Client, Client], TestResponse]
UNTOLD = SENTENCES[Cause.WRONG_SECRET]
# What is sent of a client with a secret, a public one, or one with a key; the cause; and what the answer must say.
WAYS: list[tuple[Ask, Cause, str]] = [
    (lambda p, _s, _o, _k: p.token(**MACHINE), Cause.NO_CREDENTIALS, "names no client"),
    (lambda p, s, _o, _k: p.token(client_id=s.client_id, **MACHINE), Cause.NO_SECRET, "holds no secret"),
    (lambda p, s, _o, _k: by_basic(p, s.client_id, ""), Cause.NO_SECRET, "holds no secret"),
    (lambda p, _s, _o, _k: p.http.post("/oauth/token", data=MACHINE, headers={"Authorization": "Basic !"}),
     Cause.BASIC_MALFORMED, "base64 of client_id:client_secret"),
    (lambda p, s, _o, _k: p.token(s, **MACHINE, **s.post()), Cause.SEVERAL_METHODS, "one way"),
    (lambda p, s, _o, _k: p.token(s, client_id="another", **MACHINE), Cause.CLIENT_ID_DIFFERS, "differs"),
    (lambda p, _s, _o, _k: by_basic(p, "nobody", SECRET), Cause.UNKNOWN_CLIENT, UNTOLD),
    (lambda p, s, _o, _k: by_basic(p, s.client_id, SECRET), Cause.WRONG_SECRET, UNTOLD),
    (lambda p, _s, o, _k: by_basic(p, o.client_id, SECRET), Cause.PUBLIC_CLIENT, "no secret and no key"),
    (lambda p, _s, _o, k: by_basic(p, k.client_id, SECRET), Cause.OTHER_METHOD, "private_key_jwt"),
    (lambda p, s, _o, _k: send(p, make(p, s)), Cause.OTHER_METHOD, "client_secret_basic"),
    (lambda p, _s, o, _k: p.introspect(o, "x"), Cause.PROOF_NEEDED, "public client"),
    (lambda p, _s, _o, _k: send(p, "no.jwt"), Cause.ASSERTION_MALFORMED, "no JWT"),
    (lambda p, _s, _o, k: send(p, make(p, k), client_assertion_type="x"), Cause.ASSERTION_TYPE, "jwt-bearer"),
    (lambda p, _s, _o, k: send(p, write(p, k, {"alg": "none"})), Cause.ASSERTION_ALGORITHM, "alg"),
    (lambda p, _s, _o, k: send(p, write(p, k, {"kid": "x"})), Cause.ASSERTION_KEY_UNKNOWN, "not among the keys"),
    (lambda p, _s, _o, k: send(p, make(p, k)[:-8] + "AAAAAAAA"), Cause.ASSERTION_SIGNATURE, "signature is wrong"),
    (lambda p, _s, _o, k: send(p, write(p, k, iss="x")), Cause.ASSERTION_ISSUER, "iss and sub"),
    (lambda p, _s, _o, k: send(p, write(p, k, aud="x")), Cause.ASSERTION_AUDIENCE, "aud"),
    (lambda p, _s, _o, k: send(p, write(p, k, jti=None)), Cause.ASSERTION_NO_JTI, "jti"),
    (lambda p, _s, _o, k: send(p, write(p, k, exp=None)), Cause.ASSERTION_TIMES, "exp"),
    (lambda p, _s, _o, k: send(p, write(p, k, exp=9_999_999_999)), Cause.ASSERTION_TOO_LONG, "hour"),
    (lambda p, _s, _o, k: send(p, write(p, k, exp=1)), Cause.ASSERTION_EXPIRED, "expired"),
    (lambda p, _s, _o, k: send(p, write(p, k, iat=clock.timestamp() + 900)), Cause.ASSERTION_EARLY, "future"),
]  # fmt: skip


def test_every_cause_is_on_record(
    provider: Provider, caplog: pytest.LogCaptureFixture, subtests: pytest.Subtests
) -> None:
    """A refused client finds its cause in the answer unless that would help a guesser; audit log and log have it always, and no secret."""
    shop, phone = provider.client(grant_types=["client_credentials"]), provider.client(public=True)
    bank = register(provider)
    caplog.set_level(logging.INFO, "idp.oauth.refusals.recording")
    for ask, cause, told in WAYS:
        with subtests.test(str(cause)):
            caplog.clear()
            answer = ask(provider, shop, phone, bank)
            assert answer.status_code in {400, 401}
            assert told in answer.json["error_description"]
            event = events(provider)[-1]
            assert event.detail["cause"] == cause
            assert event.detail["error"] == answer.json["error"]
            assert event.source == "127.0.0.1"
            assert f"cause {cause}" in caplog.text
            for secret in (SECRET, shop.secret or ""):
                assert secret not in caplog.text + str(event.detail)


def test_a_used_assertion_and_a_disabled_client(provider: Provider) -> None:
    """Whoever signed is told that the assertion was used; a disabled client is told what an unknown one is, the audit log which it was."""
    bank, shop = register(provider), provider.client(grant_types=["client_credentials"])
    assertion = make(provider, bank)
    assert send(provider, assertion).status_code == 200
    assert "used before" in send(provider, assertion).json["error_description"]
    assert events(provider)[-1].detail["cause"] == Cause.ASSERTION_USED
    provider.disable(shop)
    assert provider.token(shop, **MACHINE).json["error_description"] == UNTOLD
    assert events(provider)[-1].detail["cause"] == Cause.DISABLED_CLIENT
    assert events(provider)[-1].client_id == shop.client_id


def test_strangers_do_not_fill_the_log(provider: Provider) -> None:
    """Of one cause and network a few are recorded, whatever names are made up; how many were left out stands in the next one."""
    for number in range(MOST + 7):
        assert by_basic(provider, f"stranger-{number}", SECRET).status_code == 401
    assert len(events(provider)) == MOST
    assert provider.token(**MACHINE).status_code == 401  # another cause
    assert len(events(provider)) == MOST + 1
    with clock.moved(WITHIN + timedelta(seconds=1)):
        by_basic(provider, "stranger-again", SECRET)
        assert events(provider)[-1].detail["left_out"] == 7


def test_an_empty_secret_is_no_guess(provider: Provider) -> None:
    """A public client may send an empty secret by Basic or in the body (RFC 6749, 2.3.1), and nobody has to wait for one."""
    phone = provider.client(public=True)
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    for _try in range(8):
        assert provider.token(**form, client_id=phone.client_id, client_secret="").json["error"] == "invalid_grant"
        basic = Client(phone.client_id, "", phone.metadata).basic()
        assert provider.http.post("/oauth/token", data=form, headers=basic).json["error"] == "invalid_grant"
        assert by_basic(provider, phone.client_id, SECRET).status_code == 401  # nothing to guess here either


def test_a_secret_that_is_not_encoded(provider: Provider) -> None:
    """In Basic credentials a secret is right form-url-encoded, as RFC 6749 has it, and as it stands, as many libraries send it."""
    import base64

    from idp.clients import service
    from idp.clients.metadata import Metadata

    metadata = Metadata("Machine", grant_types=["client_credentials"], scope="read")
    with provider.working():
        row, secret = service.register(metadata, secret="50%+ of ä:secret/==")  # type: ignore[misc]
        client = Client(row.client_id, secret, metadata)
    assert provider.token(client, **MACHINE).status_code == 200
    for sent, status in ((secret, 200), ("50%+ of ä:secret/=", 401), ("50%25+ of", 401)):
        pair = base64.b64encode(f"{client.client_id}:{sent}".encode()).decode()
        answer = provider.http.post("/oauth/token", data=MACHINE, headers={"Authorization": f"Basic {pair}"})
        assert answer.status_code == status, sent


def test_a_wrong_mac_is_a_wrong_secret(provider: Provider) -> None:
    """A client that signs with its secret and signs with another guessed: it is told no more than who sent one."""
    client = register(provider, token_endpoint_auth_method="client_secret_jwt")
    wrong = make_mac(provider, client, secret="another secret of more than thirty-two bytes")
    assert send(provider, wrong).json["error_description"] == UNTOLD
    assert events(provider)[-1].detail["cause"] == Cause.WRONG_SECRET


def test_every_cause_has_a_sentence() -> None:
    """No cause is without a sentence, and each sentence is one that an answer may hold (RFC 6749, 5.2)."""
    assert set(SENTENCES) == set(Cause)
    for sentence in SENTENCES.values():
        assert sentence.endswith(".")
        assert not UNFIT.search(sentence)


def test_no_error_without_a_sentence() -> None:
    """Nothing in the protocol's rooms raises an error that neither names a cause nor says what was wrong."""
    silent: list[str] = []
    for path in sorted(OAUTH.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            raised: Any = node.exc if isinstance(node, ast.Raise) else None
            if isinstance(raised, ast.Call) and isinstance(raised.func, ast.Name) and not raised.args:
                silent += [f"{path.name}:{node.lineno}"] if raised.func.id.endswith("Error") else []
            if isinstance(raised, ast.Call) and getattr(raised.func, "id", "") in {
                "InvalidClientError",
                "InvalidGrantError",
            }:
                silent.append(f"{path.name}:{node.lineno} names no cause")
    assert silent == []
