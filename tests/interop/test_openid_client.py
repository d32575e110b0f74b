"""npm's openid-client as a relying party, with signed answers, and as an API that exchanges tokens."""

import json
from pathlib import Path

import pytest

from tests.interop.parties import HERE, Party, provider, sign_in, walk
from tests.support.chromium import Chromium

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("authentication", "algorithm"), [("none", "EdDSA"), ("client_secret_basic", "RS256"), ("private_key_jwt", "ES256")]
)
def test_openid_client_signs_in_and_out(
    chromium: Chromium, tmp_path: Path, authentication: str, algorithm: str
) -> None:
    """openid-client, public, with a secret and with a private key, gets claims it verifies, refreshes by its kind's rule, and signs out."""
    walk(chromium, tmp_path, "openid_client.mjs", authentication, algorithm)


def register_apis(party: Party) -> dict[str, str]:
    """Register an API that may exchange the app's tokens by a rule, and the one that it calls; return what the program is told of them."""
    grant, uri = "urn:ietf:params:oauth:grant-type:token-exchange", "https://stock.example/cb"
    made = party.provider.idp("client", "create", "--name", "Orders", "--grant", grant, "--scope", "stock.read")
    orders = json.loads(made)
    party.provider.idp("client", "create", "--name", "Stock", "--client-id", "stock", "--redirect-uri", uri)
    rule = ("--subject", party.client["client_id"], "--audience", "stock", "--scope", "stock.read")
    party.provider.idp("client", "allow-exchange", orders["client_id"], *rule)
    return {"API_ID": orders["client_id"], "API_SECRET": orders["client_secret"], "AUDIENCE": "stock"}


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_openid_client_takes_signed_answers_and_exchanges_tokens(
    chromium: Chromium, tmp_path: Path, algorithm: str
) -> None:
    """openid-client verifies a refusal and a code in signed answers (JARM); an API exchanges the token by a rule, and no wider."""
    with provider(tmp_path) as party:
        party.register(
            "--redirect-uri", f"{party.home}/callback", "--scope", "openid email stock.read stock.write",
            "--authorization-alg", algorithm,
        )  # fmt: skip
        more, pages = register_apis(party) | {"ALGORITHM": algorithm}, []
        with party.running(["node", HERE / "openid_client_exchange.mjs"], **more), chromium.page() as page:
            for button in ("#consent-deny", "#consent-allow"):
                page.goto(party.home)
                if not pages:
                    sign_in(page)
                page.click(button)
                page.wait_for_url(f"{party.home}/callback*")
                pages.append(json.loads(page.inner_text("body")))
    denied, learnt = pages
    assert denied == {"told": ["response"], "refused": "access_denied"}
    assert learnt["told"] == ["response"], learnt
    assert learnt["exchanged"]["issued_token_type"] == "urn:ietf:params:oauth:token-type:access_token"
    told = learnt["next"]
    assert (told["sub"], told["scope"], told["act"]["sub"]) == (learnt["claims"]["sub"], "stock.read", more["API_ID"])
    assert learnt["wider"] == {"refused": "invalid_scope"}
