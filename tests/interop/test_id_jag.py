"""Two of our servers: an enterprise's, where people sign in, and that of an API, which takes the enterprise's word (ID-JAG)."""

import json
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
import requests
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from tests.interop.parties import EMAIL, Party, provider, sign_in
from tests.support.chromium import Chromium
from tests.support.serving import RunningServer

pytestmark = pytest.mark.slow

TYPES = "urn:ietf:params:oauth:token-type:"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
API = "https://chat.example/api"
PRIVATE = {"IDP_ALLOW_PRIVATE_FETCH": "true"}


def ask(server: RunningServer, client: dict[str, str], **form: str) -> requests.Response:
    """Send a token request as a client."""
    proof = (client["client_id"], client["client_secret"])
    return requests.post(f"{server.url}/oauth/token", data=form, auth=proof, timeout=30)


def sign_in_at(party: Party, chromium: Chromium, scope: str) -> dict[str, Any]:
    """Return the tokens of somebody who signs in to the app at its own enterprise's server."""
    verifier, callback = secrets.token_urlsafe(48), f"{party.home}/callback"
    asked = {
        "client_id": party.client["client_id"], "redirect_uri": callback, "response_type": "code", "scope": scope,
        "state": "s", "code_challenge": create_s256_code_challenge(verifier), "code_challenge_method": "S256",
    }  # fmt: skip
    with chromium.page() as page:
        landed: list[str] = []
        page.on("request", lambda sent: landed.append(sent.url) if sent.url.startswith(callback) else None)
        page.route(f"{callback}**", lambda route: route.fulfill(body="back"))
        page.goto(f"{party.provider.url}/oauth/authorize?{urlencode(asked)}")
        sign_in(page, consent=True)
        page.wait_for_url(f"{callback}**")
    code = parse_qs(urlsplit(landed[0]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": callback, "code_verifier": verifier}
    return dict(ask(party.provider, party.client, **form).json())


def register(api: Party, enterprise: RunningServer) -> dict[str, str]:
    """Have the API's administrators register the app and the API, and trust the enterprise for both."""
    made = json.loads(api.provider.idp("client", "create", "--name", "Wiki", "--grant", BEARER, "--scope", "chat.read"))
    api.provider.idp("resource", "create", API, "--scope", "chat.read Read the chat")
    api.provider.idp(
        "issuer", "create", enterprise.url, "--take-as", "id-jag", "--client", made["client_id"], "--scope", "chat.read",
        "--account-claim", "email", "--account-member", "email", "--email-domain", EMAIL.partition("@")[2],
    )  # fmt: skip
    return dict(made)


def test_an_enterprise_vouches_for_its_people(chromium: Chromium, tmp_path: Path) -> None:
    """Who signed in at the enterprise gets a token for a foreign API without a page of that one, until the enterprise ends it."""
    with provider(tmp_path, **PRIVATE) as enterprise, provider(tmp_path, **PRIVATE) as api:
        there = register(api, enterprise.provider)
        callback = f"{enterprise.home}/callback"
        grants = ("--grant", "authorization_code", "--grant", "refresh_token", "--grant", EXCHANGE)
        enterprise.register("--redirect-uri", callback, *grants)
        rule = ("--audience", api.provider.url, "--client-id-there", there["client_id"], "--email")
        enterprise.provider.idp(
            "client", "allow-id-jag", enterprise.client["client_id"], *rule, "--scope", "chat.read", "--resource", API
        )
        tokens = sign_in_at(enterprise, chromium, "openid email offline_access")
        form = {
            "grant_type": EXCHANGE, "requested_token_type": f"{TYPES}id-jag", "audience": api.provider.url, "resource": API,
            "scope": "chat.read", "subject_token": tokens["id_token"], "subject_token_type": f"{TYPES}id_token",
        }  # fmt: skip
        answer = ask(enterprise.provider, enterprise.client, **form).json()
        assert (answer["issued_token_type"], answer["token_type"]) == (f"{TYPES}id-jag", "N_A"), answer
        got = ask(api.provider, there, grant_type=BEARER, assertion=answer["access_token"]).json()
        keys = jwt.PyJWKClient(f"{api.provider.url}/.well-known/jwks.json")
        key = keys.get_signing_key_from_jwt(got["access_token"]).key
        claims = jwt.decode(got["access_token"], key, algorithms=["ES256", "RS256"], audience=API)
        assert (claims["iss"], claims["scope"], claims["client_id"]) == (
            api.provider.url,
            "chat.read",
            there["client_id"],
        )

        # The enterprise takes no word of its own for a token, and gives none after the person has gone.
        own = ask(enterprise.provider, enterprise.client, grant_type=BEARER, assertion=answer["access_token"])
        assert own.json()["error"] == "unauthorized_client"
        refreshed = form | {"subject_token": tokens["refresh_token"], "subject_token_type": f"{TYPES}refresh_token"}
        assert ask(enterprise.provider, enterprise.client, **refreshed).status_code == 200
        enterprise.provider.idp("user", "disable", EMAIL)
        for ended in (form, refreshed):
            assert ask(enterprise.provider, enterprise.client, **ended).status_code == 400
