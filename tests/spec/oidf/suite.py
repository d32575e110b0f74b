"""The suite's relying party: it registers, sends people to the provider, redeems, and checks everything that it is given."""

import secrets
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urlencode, urlsplit

from werkzeug.test import TestResponse

from idp.clients.metadata import SCOPES
from tests.answers import FORM_POST, parameters
from tests.factories import Browser, Person, Provider
from tests.spec.oidf import checks, walking
from tests.spec.oidf.host import Host
from tests.spec.oidf.party import Key, Party, key
from tests.spec.oidf.plans import Variant

BASE = "https://rp.example/test/a/gatehouse"
CALLBACK = f"{BASE}/callback"
AFTER_LOGOUT = f"{BASE}/post_logout_redirect"


@dataclass
class Outcome:
    """What one authorization brought: the answer of the front channel, the token response, and the claims of both ID tokens."""

    party: Party
    asked: dict[str, str]
    answer: dict[str, str]
    tokens: dict[str, Any] = field(default_factory=dict)
    front: dict[str, Any] | None = None
    back: dict[str, Any] | None = None

    @property
    def claims(self) -> dict[str, Any]:
        """The claims of the ID token, that of the token endpoint where there are two."""
        claims = self.back or self.front
        assert claims is not None
        return claims

    @property
    def id_token(self) -> str:
        """The ID token itself."""
        return str(self.tokens.get("id_token") or self.answer["id_token"])

    @property
    def access_token(self) -> str | None:
        """The newest access token, if the response type brings one."""
        return self.tokens.get("access_token") or self.answer.get("access_token")


class Published(Provider):
    """A provider with what it publishes, fetched once for all modules."""

    def __post_init__(self) -> None:
        """Fetch the discovery document."""
        super().__post_init__()
        self.document: dict[str, Any] = self.http.get("/.well-known/openid-configuration").json
        self.keys: list[dict[str, Any]] = []


class Suite:
    """The relying party of one run of one module, with a browser in which its person has signed in."""

    def __init__(self, module: str, variant: Variant, provider: Published, person: Person, host: Host) -> None:
        self.module = module
        self.variant = variant
        self.provider = provider
        self.person = person
        self.host = host
        self.browser = provider.browser(person)
        self.path = f"/{secrets.token_urlsafe(8)}"
        self.document = provider.document
        self._client: Party | None = None
        self._registered: list[Party] = []

    # Registration

    @property
    def client(self) -> Party:
        """The first client, registered as the variant says unless the module has done so."""
        self._client = self._client or self.register()
        return self._client

    @property
    def words(self) -> set[str]:
        """What the response type brings."""
        return set(self.variant.response_type.split())

    def metadata(self, signing: Key | None = None, **members: Any) -> dict[str, Any]:
        """Return the registration that the suite asks for, with these members; None leaves one out."""
        grants = ["authorization_code"] if "code" in self.words else []
        usual = {
            "client_name": f"Suite {secrets.token_hex(4)}",
            "grant_types": grants + (["implicit"] if self.words & {"token", "id_token"} else []),
            "response_types": [self.variant.response_type],
            "redirect_uris": [CALLBACK],
            "token_endpoint_auth_method": self.variant.auth,
            "contacts": ["certification@rp.example"],
            "jwks": {"keys": [(signing or key(1)).public()]},
        }
        if "jwks_uri" in members:
            del usual["jwks"]
        return {name: value for name, value in (usual | members).items() if value is not None}

    def register(self, signing: Key | None = None, **members: Any) -> Party:
        """Register a client, as the variant says, and make the first one the client of this run."""
        asked = self.metadata(signing, **members)
        method = asked["token_endpoint_auth_method"]
        if self.variant.is_dynamic:
            response = self.register_dynamically(asked)
            checks.registration(response, asked, self.document["issuer"])
            found = response.json
            client_id, secret, redirect_uri = found["client_id"], found.get("client_secret"), found["redirect_uris"][0]
        else:
            made = self.provider.client(**asked, require_pkce=False, scope=" ".join(SCOPES))
            found, client_id, secret, redirect_uri = {}, made.client_id, made.secret, made.redirect_uri
        party = Party(client_id, secret, redirect_uri, method, signing or key(1), found)
        self._registered.append(party)
        self._client = self._client or party
        return party

    def register_dynamically(self, metadata: dict[str, Any]) -> TestResponse:
        """Send a registration request (RFC 7591, section 3.1)."""
        return self.provider.http.post(self.at("registration_endpoint"), json=metadata)

    def configuration(self, party: Party, method: str = "GET") -> TestResponse:
        """Ask the client configuration endpoint (RFC 7592, section 2)."""
        authorization = {"Authorization": f"Bearer {party.registration['registration_access_token']}"}
        path = urlsplit(party.registration["registration_client_uri"]).path
        return self.provider.http.open(path, method=method, headers=authorization)

    def clean_up(self) -> None:
        """Delete every client that was registered, as the suite does after each module: 204 (RFC 7592, section 2.3)."""
        for party in self._registered:
            if party.registration:
                assert self.configuration(party, "DELETE").status_code == 204

    def publish(self, name: str, body: str, media_type: str = "application/json") -> str:
        """Publish something on the suite's own server; return its address."""
        self.host.pages[f"{self.path}/{name}"] = media_type, body.encode()
        return f"{self.host.url}{self.path}/{name}"

    # The authorization endpoint

    def at(self, endpoint: str) -> str:
        """Return the path of an endpoint that discovery names."""
        parts = urlsplit(self.document[endpoint])
        assert f"{parts.scheme}://{parts.netloc}" == self.document["issuer"]
        return parts.path

    def request(self, party: Party | None = None, **changes: str | None) -> dict[str, str]:
        """Return the parameters of an authorization request, with these changes; None leaves one out."""
        client = party or self.client
        usual: dict[str, str | None] = {
            "client_id": client.client_id,
            "redirect_uri": client.redirect_uri,
            "scope": "openid",
            "state": secrets.token_urlsafe(96),  # 128 characters
            "nonce": secrets.token_urlsafe(8),
            "response_type": self.variant.response_type,
            "response_mode": self.variant.response_mode,
        }
        return {name: value for name, value in (usual | changes).items() if value is not None}

    def open(self, asked: dict[str, str], browser: Browser | None = None) -> TestResponse:
        """Send an authorization request, and go on, with every consent, to a page or to the answer."""
        browser = browser or self.browser
        return self.walk(browser.get(f"{self.at('authorization_endpoint')}?{urlencode(asked)}"), browser)

    def walk(self, response: TestResponse, browser: Browser) -> TestResponse:
        """Follow redirects within the provider and allow what is asked for."""
        return walking.walk(response, browser)

    def submit(self, page: TestResponse, browser: Browser, **fields: str) -> TestResponse:
        """Send the main form of a page."""
        return walking.submit(page, browser, **fields)

    def sign_in(self, page: TestResponse, browser: Browser | None = None) -> TestResponse:
        """Fill in a sign-in page and go on to what follows."""
        return walking.sign_in(page, browser or self.browser, self.person)

    def read(self, response: TestResponse, asked: dict[str, str]) -> dict[str, str]:
        """Return what an answer brings: at the redirect URI, by the right response mode, with this state and issuer."""
        redirect_uri = asked["redirect_uri"]
        if asked.get("response_mode") == "form_post":
            found = FORM_POST.search(response.text)
            assert response.status_code == 200, f"{response.status_code} {response.location}"
            assert found is not None, response.text[:2000]
            assert unescape(found[1]) == redirect_uri
        else:
            assert response.status_code == 303, f"{response.status_code} {response.request.path} {response.text[:2000]}"
            is_query = asked.get("response_type", "code") == "code"
            glue = "#" if not is_query else "&" if "?" in redirect_uri else "?"
            assert response.location.startswith(redirect_uri + glue), response.location
            assert is_query == ("#" not in response.location)
        found_parameters = parameters(response)
        assert found_parameters.get("state") == asked.get("state")
        assert found_parameters["iss"] == self.document["issuer"]
        return found_parameters

    def refused(self, response: TestResponse, asked: dict[str, str], *errors: str) -> dict[str, str]:
        """Check that an answer is one of these errors, and nothing else besides."""
        answer = self.read(response, asked)
        assert answer["error"] in errors, answer
        assert answer.keys() <= {"error", "error_description", "error_uri", "state", "iss"}
        checks.description(answer)
        return answer

    def shown(self, response: TestResponse, sentence: str) -> None:
        """Check that an error page is shown, with its own sentence, and that nobody is redirected."""
        walking.shown(response, sentence)

    # Tokens

    def log_in(self, party: Party | None = None, browser: Browser | None = None, **changes: str | None) -> Outcome:
        """Make a whole authorization, to the end of what its response type brings, and check all of it."""
        asked = self.request(party, **changes)
        return self.complete(self.open(asked, browser), asked, party)

    def complete(self, response: TestResponse, asked: dict[str, str], party: Party | None = None) -> Outcome:
        """Take an answer, redeem the code if there is one, and check everything."""
        party = party or self.client
        answer = self.read(response, asked)
        assert "error" not in answer, answer
        outcome = Outcome(party, asked, answer)
        checks.front_channel(self, outcome)
        if "code" in answer:
            redeemed = self.redeem(party, answer["code"], redirect_uri=asked["redirect_uri"])
            assert redeemed.status_code == 200, redeemed.text
            outcome.tokens = redeemed.json
            checks.token_response(self, redeemed, outcome)
        if outcome.access_token is not None:
            userinfo = self.userinfo(outcome.access_token)
            assert userinfo.status_code == 200
        return outcome

    def redeem(self, party: Party, code: str, audience: str | None = None, **changes: str | None) -> TestResponse:
        """Redeem a code."""
        usual = {"grant_type": "authorization_code", "code": code, "redirect_uri": party.redirect_uri}
        return self.token(party, usual | changes, audience)

    def refresh(self, party: Party, refresh_token: str) -> TestResponse:
        """Use a refresh token."""
        return self.token(party, {"grant_type": "refresh_token", "refresh_token": refresh_token})

    def token(self, party: Party, form: dict[str, str | None], audience: str | None = None) -> TestResponse:
        """Send a token request with the client's authentication."""
        headers, proof = party.prove(self.document["token_endpoint"], audience)
        data = {name: value for name, value in (form | proof).items() if value is not None}
        return self.provider.http.post(self.at("token_endpoint"), data=data, headers=headers)

    def userinfo(self, access_token: str) -> TestResponse:
        """Ask the userinfo endpoint, the token in the header."""
        headers = {"Authorization": f"Bearer {access_token}"}
        return self.provider.http.get(self.at("userinfo_endpoint"), headers=headers)

    def jwks(self) -> list[dict[str, Any]]:
        """Fetch the published keys."""
        self.provider.keys = list(self.provider.http.get(self.at("jwks_uri")).json["keys"])
        return self.provider.keys

    def find_key(self, kid: str) -> dict[str, Any]:
        """Return the published key of this `kid`, fetching the keys anew where it is not known."""
        is_known = any(jwk["kid"] == kid for jwk in self.provider.keys)
        (found,) = [jwk for jwk in (self.provider.keys if is_known else self.jwks()) if jwk["kid"] == kid]
        return found
