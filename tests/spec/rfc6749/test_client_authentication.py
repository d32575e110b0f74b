"""RFC 6749, section 2.3: how clients authenticate at the token endpoint."""

import base64
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from idp.base import clock
from tests.factories import Client, Provider

GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
def machine(provider: Provider) -> Client:
    """A client that gets tokens of its own, whose identifier and secret hold what has to be encoded."""
    from idp.clients import service
    from idp.clients.metadata import Metadata

    metadata = Metadata("Machine", grant_types=["client_credentials"], scope="read")
    secret = "p@ss:wörd%2B +/=&?~"
    with provider.working():
        row, secret = service.register(metadata, client_id="machine-1.example~x", secret=secret)
        return Client(row.client_id, secret, metadata)


def ask(provider: Provider, pair: bytes, **form: str) -> TestResponse:
    """Ask for a token with these Basic credentials."""
    headers = {"Authorization": "Basic " + base64.b64encode(pair).decode()}
    return provider.http.post("/oauth/token", data=GRANT | form, headers=headers)


def refused(response: TestResponse, *, challenge: bool) -> None:
    """Check the answer to a failed authentication (section 5.2)."""
    assert response.status_code == 401, response.text
    assert response.json["error"] == "invalid_client"
    assert response.json["error_description"].startswith("Client authentication failed. ")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers.get("WWW-Authenticate") == ('Basic realm="client"' if challenge else None)


def test_basic_credentials_are_form_url_decoded(provider: Provider, machine: Client) -> None:
    """Identifier and secret are form-url-decoded, however much of them the client encoded (2.3.1, appendix B)."""
    assert provider.http.post("/oauth/token", data=GRANT, headers=machine.basic()).status_code == 200
    everything = "".join(f"%{byte:02x}" for byte in (machine.secret or "").encode())
    pair = f"machine%2D1%2Eexample%7Ex:{everything}"
    assert ask(provider, pair.encode()).status_code == 200


def test_the_scheme_has_no_case(provider: Provider, machine: Client) -> None:
    """`basic` is as good as `Basic` (RFC 7617, section 2)."""
    headers = {"Authorization": machine.basic()["Authorization"].replace("Basic", "bAsIc")}
    assert provider.http.post("/oauth/token", data=GRANT, headers=headers).status_code == 200


def test_credentials_in_the_body(provider: Provider, machine: Client) -> None:
    """Every confidential client may send its credentials as body parameters instead (2.3.1)."""
    assert provider.token(**machine.post(), **GRANT).status_code == 200


def test_two_methods_at_once_are_refused(provider: Provider, machine: Client) -> None:
    """More than one authentication method in a request is an invalid request (2.3)."""
    answer = provider.token(machine, **GRANT, **machine.post())
    assert answer.status_code == 400
    assert answer.json["error"] == "invalid_request"
    assert answer.json["error_description"] == "Use one way of client authentication only."


def test_the_body_may_repeat_the_identifier_of_basic(provider: Provider, machine: Client) -> None:
    """Beside Basic the body may name the same client, but no other (2.3.1, 3.2.1)."""
    assert provider.token(machine, **GRANT, client_id=machine.client_id).status_code == 200
    answer = provider.token(machine, **GRANT, client_id="another")
    assert answer.status_code == 400
    assert answer.json["error_description"] == "The client_id differs from the authenticated client."


def test_bad_basic_credentials(provider: Provider, machine: Client, subtests: pytest.Subtests) -> None:
    """Basic credentials that are unknown, wrong or no credentials at all are answered with 401 and a challenge (5.2; item 57)."""
    client_id = machine.client_id.encode()
    pairs = [
        b"nobody:secret", b":", b"", b"no colon", client_id + b":", b"\xff\xfe:\xff", client_id + b":\xff",
        client_id + b":%ff", b"a%00b:c", b"a\x00b:c", b"%:%", b"x" * 9000 + b":y",
    ]  # fmt: skip
    for pair in pairs:
        with subtests.test(repr(pair[:30])):
            refused(ask(provider, pair), challenge=True)


def test_basic_that_is_no_base64(provider: Provider, machine: Client, subtests: pytest.Subtests) -> None:
    """A Basic header that cannot be read is a failed authentication, never a server error (5.2)."""
    for value in ("Basic", "Basic ", "Basic ***", "Basic é", "Basic YQ", "Basic a b c"):
        with subtests.test(value):
            answer = provider.http.post("/oauth/token", data=GRANT, headers={"Authorization": value})
            refused(answer, challenge=True)


BODIES = [
    ("nobody at all", {}),
    ("an unknown client", {"client_id": "nobody"}),
    ("an unknown client with a secret", {"client_id": "nobody", "client_secret": "x"}),
    ("a wrong secret", {"client_id": "machine-1.example~x", "client_secret": "wrong"}),
    ("no secret", {"client_id": "machine-1.example~x"}),
    ("an empty secret", {"client_id": "machine-1.example~x", "client_secret": ""}),
    ("a secret alone", {"client_secret": "p@ss:wörd%2B +/=&?~"}),
]


@pytest.mark.parametrize(("name", "body"), BODIES)
def test_bad_credentials_in_the_body(provider: Provider, machine: Client, name: str, body: dict[str, str]) -> None:
    """Wrong credentials in the body are answered with 401 and say nothing of which half was wrong (5.2)."""
    refused(provider.token(**GRANT, **body), challenge=False)


def test_a_public_client_has_no_secret(provider: Provider, phone: Client) -> None:
    """A public client that claims to have a secret is not believed (2.1)."""
    grant = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": phone.client_id}
    refused(provider.token(**grant, client_secret="invented"), challenge=False)
    assert provider.token(**grant).json["error"] == "invalid_grant"


def test_a_disabled_client_cannot_authenticate(provider: Provider, machine: Client) -> None:
    """A disabled client is refused at once, as an unknown one is (5.2)."""
    assert provider.token(machine, **GRANT).status_code == 200
    provider.disable(machine)
    refused(provider.token(machine, **GRANT), challenge=True)


@pytest.mark.usefixtures("_still_clock")
def test_guessing_a_secret_is_slowed_down(provider: Provider, machine: Client) -> None:
    """After five wrong secrets the answer is 429 with Retry-After, for the right one too until the wait is over (10.10; item 58)."""
    wrong = {"client_id": machine.client_id, "client_secret": "guess"}
    for _guess in range(5):
        refused(provider.token(**GRANT, **wrong), challenge=False)
    for attempt in (wrong, machine.post()):
        answer = provider.token(**GRANT, **attempt)
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) >= 1
        assert answer.json["error_description"] == "Too many wrong client secrets. Try again later."
        assert answer.headers["Cache-Control"] == "no-store"
    with clock.moved(timedelta(seconds=60)):
        assert provider.token(machine, **GRANT).status_code == 200


def test_wrong_codes_are_no_wrong_secrets(provider: Provider, shop: Client) -> None:
    """Any number of invalid grants leaves a well authenticated client unslowed (10.10)."""
    for _try in range(8):
        assert provider.redeem(shop, "wrong").json["error"] == "invalid_grant"


def test_the_registered_method_is_no_trap(provider: Provider, subtests: pytest.Subtests) -> None:
    """Basic and POST are both accepted of a confidential client, whichever it registered (2.3.1)."""
    for method in ("client_secret_basic", "client_secret_post"):
        with subtests.test(method):
            client = provider.client(token_endpoint_auth_method=method, grant_types=["client_credentials"])
            assert provider.token(client, **GRANT).status_code == 200
            assert provider.token(**client.post(), **GRANT).status_code == 200
