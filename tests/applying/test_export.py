"""`idp export` and `idp apply` are one form: what the one writes, the other brings there, and here it changes nothing."""

import re
from dataclasses import replace

from sqlalchemy import select

from idp.base.database import session
from idp.clients import service as clients
from idp.clients.metadata import Metadata
from idp.federation import catalogue, icons
from idp.federation.catalogue import Extras
from idp.federation.definition import OAUTH2, Definition
from idp.groups import access, lookup, service
from idp.groups.models import Group
from tests.applying.bringing import ENVIRONMENT, SECRET, WHOLE, actions, bring, export, rows
from tests.factories import Provider

ICON = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>'
JWKS = {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "0777"}]}
FULL = Metadata(
    client_name="no",
    redirect_uris=[["https://b.example/cb?x=1&y=: ", ""][0].strip(), "https://b.example/é".replace("é", "%C3%A9")],
    post_logout_redirect_uris=["https://b.example/"],
    grant_types=["authorization_code", "client_credentials"],
    response_types=["code"],
    scope="openid email yes",
    token_endpoint_auth_method="private_key_jwt",
    token_endpoint_auth_signing_alg="EdDSA",
    id_token_signed_response_alg="ES256",
    userinfo_signed_response_alg="RS256",
    request_object_signing_alg="ES256",
    subject_type="pairwise",
    require_pkce=False,
    first_party=True,
    require_second_factor=True,
    fedcm_enabled=True,
    claims_in_id_token=True,
    default_max_age=0,
    require_auth_time=True,
    authorization_signed_response_alg="ES256",
    introspection_signed_response_alg="PS256",
    dpop_bound_access_tokens=True,
    dpop_nonce_required=True,
    default_acr_values=["0", "on"],
    client_uri="https://b.example/",
    jwks=JWKS,
    backchannel_logout_uri="https://b.example/out",
    contacts=["ops@b.example", "ops@b.example"],
    software_id="2027-01-31",
    software_version="1.0",
)


def furnish(provider: Provider) -> None:
    """Have something of everything that a file may say, with values that tempt readers of YAML."""
    bring(provider, WHOLE)
    with provider.working():
        assert isinstance(clients.register(FULL, client_id="B.~_-"), tuple)
        signing = replace(FULL, client_name='Ünïcode: "quotes" # and more', token_endpoint_auth_method="client_secret_jwt",
                          token_endpoint_auth_signing_alg="HS256", jwks=None)  # fmt: skip
        made = clients.register(signing, client_id="signing", secret=SECRET)
        assert isinstance(made, tuple), made
        clients.set_disabled(made[0], True)
        access.put(made[0], is_restricted=False, groups=[], note="two\nlines\n and a space ", actor="the tests")
        pushing = {
            "fedcm_enabled": False,
            "require_pushed_authorization_requests": True,
            "request_object_signing_alg": "EdDSA",
        }
        pushing["require_signed_request_object"] = True  # which the browser's own requests exclude
        itself = clients.register(replace(FULL, client_name="Itself", **pushing), client_id="itself")
        assert isinstance(itself, tuple)
        clients.give_registration_token(itself[0])
        assert isinstance(service.create_path("/O’Brien & söhne/~", description="null", actor="the tests"), Group)
        gone = service.create_path("/gone", actor="the tests")
        assert isinstance(gone, Group)
        closed = clients.get("pocket", for_change=True)
        assert closed is not None
        access.put(closed, is_restricted=True, groups=[gone], actor="the tests")
        service.remove(gone, actor="the tests")
        forge = Definition(
            key="forge", display_name="yes", kind=OAUTH2, authorization_endpoint="https://f.example/a",
            token_endpoint="https://f.example/t", userinfo_endpoint="https://f.example/u", client_id="0x10",
            token_endpoint_auth_method="none", scope="", claims={"subject": "id", "email": "mail", "groups": "teams"},
            group_mapping=[{"name": "no", "path": "/eng/backend"}], icon=icons.OWN, position=-3,
        )  # fmt: skip
        row = catalogue.create(forge, Extras(icon=ICON), actor="the tests")
        assert not isinstance(row, list), row
        catalogue.set_disabled(row, True, actor="the tests")


def test_what_is_exported_is_there(provider: Provider) -> None:
    """An export that is applied where it comes from changes no row of any table, on either database, and is the same each time."""
    furnish(provider)
    before, text = rows(provider), export(provider)
    outcome = bring(provider, text, prune=True)
    assert (actions(outcome), rows(provider)) == ([], before)
    assert export(provider) == text
    assert (
        outcome.unchanged == len(re.findall(r"^- ", text, re.MULTILINE)) - text.count("\n- https")
        or outcome.unchanged > 12
    )


def test_what_is_exported_can_be_brought_elsewhere(provider: Provider) -> None:
    """After everything was deleted, an export brings it back as it was, once its references lead to the secrets."""
    bring(provider, WHOLE)
    text = export(provider)
    bring(provider, "policies: []\n", "yes", prune=True)
    variables = {"CLIENT_SECRET_SHOP": SECRET, "PROVIDER_SECRET_CORP": ENVIRONMENT["CORP_SECRET"]}
    assert len(actions(bring(provider, text, variables=variables))) == 8
    assert export(provider) == text
    with provider.working():
        row = clients.get("shop")
        assert row is not None
        assert clients.parse(row).check_client_secret(SECRET)


def test_no_secret_is_exported(provider: Provider) -> None:
    """An export has a reference for each secret, no two the same, no secret and no digest; who registered themselves are not in it."""
    furnish(provider)
    for client_id in ("a-b", "a.b", "A-B"):
        provider.client(client_id=client_id)
    text = export(provider)
    variables = re.findall(r"env: (\w+)", text)
    assert len(set(variables)) == len(variables) == 6
    assert {"CLIENT_SECRET_A_B", "CLIENT_SECRET_SHOP", "PROVIDER_SECRET_CORP"} < set(variables)
    assert [word for word in (SECRET, ENVIRONMENT["CORP_SECRET"], "digest", "sealed", "itself") if word in text] == []


def test_an_empty_server_has_a_file_too(provider: Provider) -> None:
    """Where nothing is set up the export is a file that says nothing, and names the schema for editors."""
    text = export(provider)
    assert text.startswith(f"# yaml-language-server: $schema={provider.issuer}/static/configuration.schema.json\n")
    assert actions(bring(provider, text)) == []


def test_a_group_that_nobody_described_is_exported(provider: Provider) -> None:
    """Groups come in the order of their paths, each behind the one above it."""
    with provider.working():
        for path in ("/b", "/a/z", "/a/b/c"):
            service.create_path(path, actor="the tests")
    assert re.findall(r"path: (\S+)", export(provider)) == ["/a", "/a/b", "/a/b/c", "/a/z", "/b"]
    with provider.working():
        assert lookup.find_by_path("/a") is not None
        assert len(session().scalars(select(Group)).all()) == 5
