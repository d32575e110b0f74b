"""Assertions that nobody thought of, at the token endpoint: whatever a stranger signs or types is answered in JSON, and never a 5xx."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.base import clock
from idp.clients.metadata import JWT_BEARER
from idp.issuers import service
from idp.issuers.definition import ID_JAG, PLAIN, Definition, Workload
from idp.oauth.assertions import ID_JAG_TYPE, TYPE
from tests.factories import Provider
from tests.generated.judging import judge_json
from tests.generated.stage import Stage, open_stage
from tests.generated.texts import EDGES, examples
from tests.keys.strangers import JSON, resigned
from tests.spec.rfc7523.issuing import ISSUER, SCOPE, Scene
from tests.spec.rfc7523.issuing import KEYS as SET

NOBODY = "nobody-at-all"
CLAIMS = (
    *("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "email", "email_verified", "client_id", "scope", "resource"),
    *("authorization_details", "auth_time", "cnf", "act", "amr", "acr"),
)
VALUES = st.one_of(
    JSON,
    st.sampled_from(EDGES),
    st.lists(st.sampled_from(EDGES), max_size=3),
    st.sampled_from([0, -1, 1.5, 1e300, 2**63, 253402300800, True, None, ISSUER, "spiffe://", "spiffe://[", "ann@example.org"]),
)  # fmt: skip
SAID = st.dictionaries(st.sampled_from(CLAIMS), VALUES, max_size=3)
HEADERS = st.dictionaries(
    st.sampled_from(["typ", "alg", "kid", "crit", "jwk", "jku", "b64", "x5c"]),
    st.one_of(JSON, st.sampled_from(["JWT", "jwt", "JOSE", ID_JAG_TYPE, "at+jwt", "none", "HS256", "RS256", "EdDSA"])),
    max_size=2,
)
MEMBERS = st.sampled_from(["identity", "sub", "email", "username"])


class Trusting:
    """The stage, an issuer that is trusted for people and programs, and two clients that show its tokens."""

    def __init__(self, stage: Stage) -> None:
        self.stage, provider = stage, stage.provider
        shown = provider.client(grant_types=[JWT_BEARER], redirect_uris=[], scope=f"openid {SCOPE}")
        self.program = provider.client(
            grant_types=["client_credentials"], redirect_uris=[], scope="read", token_endpoint_auth_method="federated_jwt"
        )  # fmt: skip
        wanted = Definition(
            ISSUER, jwks=SET, grant_profiles=(PLAIN, ID_JAG), clients=(shown.client_id,), scope=SCOPE,
            provider="google", workloads=(Workload(self.program.client_id, NOBODY),),
        )  # fmt: skip
        with provider.working():
            assert not isinstance(service.create(wanted, actor="the tests"), list)
        self.scene = Scene(provider, shown)

    def send(self, form: dict[str, str]) -> dict[str, Any]:
        """Send a token request, and judge its answer."""
        data = {name: value.encode("utf-8", "surrogatepass") for name, value in form.items()}
        return judge_json(self.stage, self.stage.send(self.provider.http, "POST", "/oauth/token", data=data))

    @property
    def provider(self) -> Provider:
        """The provider."""
        return self.stage.provider

    def show(self, assertion: str, **form: str) -> dict[str, Any]:
        """Show an assertion about somebody."""
        return self.send(self.scene.client.post() | {"grant_type": JWT_BEARER, "assertion": assertion} | form)

    def prove(self, assertion: str) -> dict[str, Any]:
        """Ask as a program."""
        told = {"client_assertion_type": TYPE, "client_assertion": assertion}
        return self.send({"grant_type": "client_credentials"} | told)


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trusting]:
    """What the tests of this module share."""
    with open_stage(tmp_path_factory.mktemp("trusting")) as stage:
        yield Trusting(stage)


@examples(200)
@given(SAID, HEADERS, st.booleans(), MEMBERS, st.sampled_from([*CLAIMS, "nothing"]))
def test_whatever_a_trusted_issuer_signs(
    trusting: Trusting, said: dict[str, Any], header: dict[str, Any], is_jag: bool, member: str, claim: str
) -> None:
    """Any claims and headers, rightly signed, are answered in JSON, and nobody gets a token who is not named."""
    scene = trusting.scene
    with scene.row() as row:
        row.account_member, row.account_claim = member, claim
    now = clock.timestamp()
    usual = {"iss": ISSUER, "sub": NOBODY, "aud": trusting.provider.issuer, "exp": now + 60, "iat": now}
    usual |= {"jti": str(sorted(map(str, said.items())))[:40], "client_id": scene.client.client_id}
    usual_header = {"alg": "ES256", "kid": "ES256"} | ({"typ": ID_JAG_TYPE} if is_jag else {})
    assertion = resigned(usual_header | header, usual | said)
    found = trusting.show(assertion)
    assert "access_token" not in found or claim in said, found
    trusting.prove(assertion)


@examples(80)
@given(st.one_of(st.text(max_size=60), st.sampled_from(EDGES)), st.sampled_from(EDGES), st.integers(0, 2))
def test_whatever_somebody_types(trusting: Trusting, text: str, scope: str, part: int) -> None:
    """What is no JWT, or one with a part that is anything, is refused in JSON, whatever scope is asked for."""
    parts = trusting.scene.sign().split(".")
    parts[part] = text
    for assertion in (text, ".".join(parts)):
        for found in (trusting.show(assertion, scope=scope), trusting.prove(assertion)):
            assert "error" in found
