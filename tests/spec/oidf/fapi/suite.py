"""The suite's relying party of FAPI 2.0: it pushes, sends people to the provider, redeems with a key, and checks everything that it gets.

`proof_claims` go into every proof, and `binds_codes` lets one come with the pushed request, too, as some modules have it.
"""

import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from werkzeug.test import TestResponse

from idp.base import clock
from tests.factories import VERIFIER, Browser, Person, challenge
from tests.keys.strangers import jwk, signed
from tests.spec.oidf import checks, walking
from tests.spec.oidf.fapi import answers
from tests.spec.oidf.fapi.party import ALGORITHM, API_SCOPE, Party
from tests.spec.oidf.fapi.plans import Variant
from tests.spec.oidf.party import ASSERTION_TYPE
from tests.spec.oidf.suite import Published
from tests.spec.rfc8705.issuing import Issued
from tests.spec.rfc9449.proving import ath

RESOURCES = {True: "userinfo_endpoint", False: "/api/v1/people"}  # with OpenID Connect, and without it
USUAL = ""  # for a proof or a certificate: whatever the variant has


@dataclass
class Outcome:
    """What one authorization brought: the answer of the front channel, the token response, and the claims of its ID token."""

    party: Party
    asked: dict[str, str]
    answer: dict[str, str]
    tokens: dict[str, Any]
    claims: dict[str, Any] = field(default_factory=dict)

    @property
    def access_token(self) -> str:
        """The access token."""
        return str(self.tokens["access_token"])


class Suite:
    """The relying party of one run of one module, with a browser in which its person has signed in."""

    def __init__(
        self, module: str, variant: Variant, provider: Published, person: Person, parties: tuple[Party, Party]
    ) -> None:
        self.module, self.variant, self.provider, self.person = module, variant, provider, person
        self.first, self.second = parties
        self.document = provider.document
        self.browser = provider.browser(person)
        self.issuer = str(self.document["issuer"])
        self.possessions = {party.client_id: ec.generate_private_key(ec.SECP256R1()) for party in parties}
        self.proof_claims: dict[str, Any] = {}
        self.binds_codes = False

    # How requests travel

    def at(self, endpoint: str) -> str:
        """Return the address of an endpoint, that for certificates where the variant shows any (RFC 8705, section 5)."""
        if endpoint.startswith("/"):
            return self._root + endpoint
        is_certified = not (self.variant.is_dpop and self.variant.has_assertions)
        aliases = self.document["mtls_endpoint_aliases"] if is_certified else {}
        return str(aliases.get(endpoint) or self.document[endpoint])

    @property
    def _root(self) -> str:
        return self.issuer if self.variant.is_dpop else self.at("token_endpoint").removesuffix("/oauth/token")

    def send(
        self,
        endpoint: str,
        form: dict[str, str | None] | None = None,
        *,
        method: str = "POST",
        certificate: Issued | None = None,
        headers: list[tuple[str, str]] | None = None,
        query: str = "",
    ) -> TestResponse:
        """Send a request; what is None in the form is left out."""
        url = urlsplit(self.at(endpoint))
        shown = [("Client-Cert", certificate.header)] if certificate else []
        data = {name: value for name, value in (form or {}).items() if value is not None}
        base = f"{url.scheme}://{url.netloc}"
        sent = [*shown, *(headers or [])]
        return self.provider.http.open(url.path + query, method=method, base_url=base, data=data, headers=sent)

    # What the client proves

    def authenticate(self, party: Party, **changes: Any) -> dict[str, str | None]:
        """Return the parameters by which a client proves itself, beside its certificate."""
        if not self.variant.has_assertions:
            return {"client_id": party.client_id}
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.assertion(party, **changes)}

    def assertion(self, party: Party, alg: str = ALGORITHM, key: Any = None, **changes: Any) -> str:
        """Return an assertion; a change of None leaves a claim out."""
        now = clock.timestamp()
        usual = {"iss": party.client_id, "sub": party.client_id, "aud": self.issuer, "jti": uuid4().hex}
        claims = usual | {"iat": now, "nbf": now, "exp": now + 60} | changes
        said = {name: value for name, value in claims.items() if value is not None}
        return signed(alg, said, key or party.key, kid=ALGORITHM)

    def prove(self, endpoint: str, party: Party, method: str = "POST", token: str | None = None, **changes: Any) -> str:
        """Return a proof of possession (RFC 9449, section 4.2) for a request; a change of None leaves a claim out."""
        alg, key = changes.pop("alg", "ES256"), changes.pop("key", None) or self.possessions[party.client_id]
        header = {"typ": "dpop+jwt", "jwk": jwk(alg, key, kid=None), "kid": None} | changes.pop("header", {})
        usual = {"jti": uuid4().hex, "htm": method, "htu": self.at(endpoint), "iat": clock.timestamp()}
        claims = usual | ({"ath": ath(token)} if token else {}) | self.proof_claims | changes
        return signed(alg, {name: value for name, value in claims.items() if value is not None}, key, **header)

    # The authorization endpoint, and before it

    def request(self, party: Party, **changes: str | None) -> dict[str, str]:
        """Return what a client asks for, with these changes; None leaves a parameter out."""
        usual: dict[str, str | None] = {
            "client_id": party.client_id,
            "redirect_uri": party.redirect_uri,
            "scope": "openid" if self.variant.is_openid else API_SCOPE,
            "state": secrets.token_urlsafe(8),
            "nonce": secrets.token_urlsafe(8) if self.variant.is_openid else None,
            "response_type": "code",
            "response_mode": "jwt" if self.variant.is_jarm else None,
            "code_challenge": challenge(),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (usual | changes).items() if value is not None}

    def sign(self, party: Party, asked: dict[str, str], alg: str = ALGORITHM, key: Any = None, **changes: Any) -> str:
        """Return a signed request (Message Signing, section 5.3.1)."""
        now = clock.timestamp()
        times = {"iss": party.client_id, "aud": self.issuer, "iat": now, "nbf": now, "exp": now + 300}
        claims = {name: value for name, value in (asked | times | changes).items() if value is not None}
        return signed(alg, claims, key or party.key, kid=ALGORITHM)

    def push(self, party: Party, asked: dict[str, str], **changes: str | None) -> TestResponse:
        """Push a request, signed where the variant has it; changes are those of the form (`request` is another object)."""
        form: dict[str, str | None] = {**asked}
        if self.variant.is_signed:
            form = {"client_id": party.client_id, "request": self.sign(party, asked)}
        return self.push_form(party, form | self.authenticate(party) | changes)

    def push_form(self, party: Party, form: dict[str, str | None], method: str = "POST") -> TestResponse:
        """Push a form as it is, with what its headers have to bring."""
        endpoint = "pushed_authorization_request_endpoint"
        proofs = [("DPoP", self.prove(endpoint, party))] if self.binds_codes else []
        certificate = None if self.variant.has_assertions else party.certificate
        return self.send(endpoint, form, method=method, certificate=certificate, headers=proofs)

    def open(self, party: Party, pushed: TestResponse, browser: Browser | None = None, **beside: str) -> TestResponse:
        """Come to the authorization endpoint with a reference, and go on to the answer; `beside` stands in the address, too."""
        answers.pushed(pushed)
        browser = browser or self.browser
        return walking.walk(browser.get(self.address(party, pushed, **beside)), browser)

    def address(self, party: Party, pushed: TestResponse, **beside: str) -> str:
        """Return where a reference leads."""
        query = {"client_id": party.client_id, "request_uri": pushed.json["request_uri"]} | beside
        return f"{urlsplit(self.document['authorization_endpoint']).path}?{urlencode(query)}"

    def read(self, response: TestResponse, party: Party, asked: dict[str, str]) -> dict[str, str]:
        """Return what an answer brings: in the query of the redirect URI, signed where that was asked for, with this state and issuer."""
        assert response.status_code == 303, f"{response.status_code} {response.request.path} {response.text[:2000]}"
        assert "#" not in response.location
        address, _, query = response.location.partition("?")
        expected, _, own = party.redirect_uri.partition("?")
        assert address == expected
        found, kept = dict(parse_qsl(query, strict_parsing=True)), dict(parse_qsl(own))
        assert kept.items() <= found.items(), "the query of the redirect URI is not what it was"
        answer = {name: value for name, value in found.items() if name not in kept}
        if self.variant.is_jarm:
            assert answer.keys() == {"response"}
            answer = answers.signed(self.provider, answer["response"], party.client_id)
        assert answer.pop("iss") == self.issuer
        assert answer.get("state") == asked.get("state")
        return answer

    # Tokens

    def redeem(
        self,
        party: Party,
        code: str,
        *,
        proof: str | None = USUAL,
        certificate: Issued | str | None = USUAL,
        **changes: str | None,
    ) -> TestResponse:
        """Redeem a code."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": party.redirect_uri}
        form |= {"code_verifier": VERIFIER}
        return self.token(party, form, proof=proof, certificate=certificate, **changes)

    def token(
        self,
        party: Party,
        form: dict[str, str],
        *,
        proof: str | None = USUAL,
        certificate: Issued | str | None = USUAL,
        **changes: str | None,
    ) -> TestResponse:
        """Send a token request with what proves the client and the key."""
        if proof == USUAL:
            proof = self.prove("token_endpoint", party) if self.variant.is_dpop else None
        if isinstance(certificate, str):
            is_certified = not (self.variant.has_assertions and self.variant.is_dpop)
            certificate = party.certificate if is_certified else None
        headers = [("DPoP", proof)] if proof is not None else []
        sent: dict[str, str | None] = {**form} | self.authenticate(party) | changes
        return self.send("token_endpoint", sent, certificate=certificate, headers=headers)

    def log_in(self, party: Party | None = None, **changes: str | None) -> Outcome:
        """Make a whole authorization, to the resource, and check all of it."""
        party = party or self.first
        asked = self.request(party, **changes)
        return self.complete(party, asked, self.open(party, self.push(party, asked)))

    def complete(self, party: Party, asked: dict[str, str], response: TestResponse) -> Outcome:
        """Take an answer, redeem its code, use the token, and check everything."""
        answer = self.read(response, party, asked)
        assert "error" not in answer, answer
        checks.entropy(answer["code"])
        redeemed = self.redeem(party, answer["code"])
        assert redeemed.status_code == 200, redeemed.text
        outcome = Outcome(party, asked, answer, answers.tokens(self.variant, redeemed))
        if self.variant.is_openid:
            outcome.claims = answers.id_token(self.provider, outcome)
        else:
            assert "id_token" not in outcome.tokens
        answers.resource(self.ask(outcome))
        return outcome

    def refresh(self, party: Party, token: str, **changes: Any) -> TestResponse:
        """Use a refresh token."""
        return self.token(party, {"grant_type": "refresh_token", "refresh_token": token}, **changes)

    # The resource

    @property
    def resource(self) -> str:
        """What tokens are shown to: userinfo, or without OpenID Connect the HTTP API."""
        return RESOURCES[self.variant.is_openid]

    def ask(
        self,
        outcome: Outcome,
        scheme: str | None = None,
        *,
        proof: str | None = USUAL,
        certificate: Issued | str | None = USUAL,
        **more: Any,
    ) -> TestResponse:
        """Use an access token."""
        token = outcome.access_token
        if proof == USUAL:
            proof = self.prove(self.resource, outcome.party, "GET", token) if self.variant.is_dpop else None
        if isinstance(certificate, str):
            certificate = None if self.variant.is_dpop else outcome.party.certificate
        scheme = scheme or ("DPoP" if self.variant.is_dpop else "Bearer")
        headers = [("Authorization", f"{scheme} {token}"), *([("DPoP", proof)] if proof is not None else [])]
        return self.send(
            self.resource, method="GET", certificate=certificate, headers=[*headers, *more.pop("headers", [])], **more
        )
