"""Groups, roles and entitlements in access tokens (RFC 9068, section 2.2.3.1), and the same in ID tokens and at userinfo."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from idp.audit import AuditEvent
from idp.base import clock
from idp.base.database import session
from idp.clients.mapping import Mapper
from idp.clients.mapping import service as mappers
from idp.oauth import telling
from tests.factories import Person, Provider
from tests.groups.making import reason
from tests.spec.rfc9068.standing import STANDING, give, map_claims, places, put_into, read, take_out, told

EVERYWHERE = {"id_token", "access_token", "userinfo"}


def test_scopes_tell_where_a_person_stands(provider: Provider, ann: Person) -> None:
    """With the scopes groups and roles each place tells the paths of all groups, and the roles of server and client (2.2.3.1)."""
    client = provider.client(client_id="shop", scope=STANDING)
    put_into(provider, ann, "/eng/backend", "/staff")
    give(provider, ann, "member")
    give(provider, ann, "seller", "shop")
    found = told(provider, client, provider.browser(ann))
    groups, roles = places(found, "groups"), places(found, "roles")
    assert groups == dict.fromkeys(EVERYWHERE, ["/eng", "/eng/backend", "/staff"])
    assert roles == dict.fromkeys(EVERYWHERE, ["member", "seller"])


def test_only_what_was_granted_is_told(provider: Provider, ann: Person) -> None:
    """Without the scope nothing is told, although the client is registered for it; somebody in no group has an empty list."""
    client = provider.client(scope=STANDING)
    browser = provider.browser(ann)
    found = told(provider, client, browser, "openid groups")
    assert (places(found, "groups"), places(found, "roles")) == (dict.fromkeys(EVERYWHERE, []), {})
    assert places(told(provider, client, browser, "openid"), "groups") == {}


@pytest.mark.parametrize("is_public", [False, True])
def test_a_refresh_tells_what_is_true_now(provider: Provider, ann: Person, is_public: bool) -> None:
    """Tokens that are refreshed tell the groups of that moment, and what has ended by then counts for nothing."""
    client = provider.client(scope=STANDING, public=is_public)
    put_into(provider, ann, "/eng")
    answer = told(provider, client, provider.browser(ann))["answer"]
    put_into(provider, ann, "/ops")
    take_out(provider, ann, "/eng")
    again = provider.refresh(client, answer["refresh_token"])
    assert again.status_code == 200
    assert places(read(provider, client, again.json), "groups") == dict.fromkeys(EVERYWHERE, ["/ops"])


def test_a_client_that_is_not_registered_is_left_alone(provider: Provider, ann: Person) -> None:
    """Who asks for groups without being registered for them gets everything else, as of a scope that nobody knows, and it is recorded."""
    client = provider.client(scope="openid email")
    put_into(provider, ann, "/eng")
    found = told(provider, client, provider.browser(ann), "openid email groups roles")
    assert found["answer"]["scope"] == "openid email"
    assert (places(found, "groups"), places(found, "roles")) == ({}, {})
    with provider.working():
        event = session().scalars(select(AuditEvent).where(AuditEvent.event == "scope.narrowed")).one()
        assert (event.client_id, event.detail["left_out"]) == (client.client_id, "groups roles")


def test_service_tokens_tell_of_nobody(provider: Provider) -> None:
    """A client's own token has no groups, whatever the client is registered for, and no scope that is about a person by default."""
    client = provider.client(scope="groups roles jobs", grant_types=["client_credentials"], redirect_uris=[])
    answer = provider.token(client, grant_type="client_credentials").json
    assert answer["scope"] == "jobs"
    asked = provider.token(client, grant_type="client_credentials", scope="groups jobs").json
    assert "groups" not in provider.verify(asked["access_token"], provider.issuer)


def test_mappers_of_a_client(provider: Provider, ann: Person) -> None:
    """A mapper tells a claim of its own name at its places alone: entitlements of roles, names of groups, a field, a constant."""
    client = provider.client(client_id="shop", scope="openid")
    put_into(provider, ann, "/eng/backend")
    give(provider, ann, "member")
    give(provider, ann, "seller", "shop")
    with provider.account(ann) as account:
        account.username = "ann"
    map_claims(
        provider, client,
        Mapper("entitlements", "roles", "client", id_token=False, userinfo=False, access_token=True),
        Mapper("teams", "groups", "names", userinfo=False),
        Mapper("https://shop.example/login", "account", "preferred_username", id_token=False),
        Mapper("tenant", "constant", "north", access_token=True),
    )  # fmt: skip
    found = told(provider, client, provider.browser(ann), "openid")
    assert places(found, "entitlements") == {"access_token": ["seller"]}
    assert places(found, "teams") == {"id_token": ["eng", "backend"]}
    assert places(found, "https://shop.example/login") == {"userinfo": "ann"}
    assert places(found, "tenant") == dict.fromkeys(EVERYWHERE, "north")
    introspected = provider.introspect(client, found["answer"]["access_token"]).json
    assert (introspected["entitlements"], introspected["tenant"]) == (["seller"], "north")


def test_mappers_of_a_scope(provider: Provider, ann: Person) -> None:
    """What goes with a scope is said once for all clients, of our own scopes too; a client's own mapper has precedence."""
    client, other = (provider.client(client_id=name, scope="openid groups jobs") for name in ("shop", "desk"))
    put_into(provider, ann, "/eng/backend")
    with provider.working():
        assert (
            mappers.put_scope("groups", [Mapper("groups", "groups", "names", access_token=True)], actor="root") is None
        )
        assert mappers.put_scope("jobs", [Mapper("tenant", "constant", "north")], actor="root") is None
    map_claims(provider, other, Mapper("groups", "groups", "paths"))
    browser = provider.browser(ann)
    found = told(provider, client, browser, "openid groups jobs")
    assert places(found, "groups") == dict.fromkeys(EVERYWHERE, ["eng", "backend"])
    assert set(places(found, "tenant")) == {"id_token", "userinfo"}
    assert places(told(provider, other, browser, "openid groups"), "groups") == {
        "id_token": ["/eng", "/eng/backend"], "userinfo": ["/eng", "/eng/backend"],
    }  # fmt: skip
    assert places(told(provider, client, browser, "openid"), "tenant") == {}


@pytest.mark.parametrize(
    "claim",
    ["iss", "sub", "aud", "exp", "scope", "client_id", "cnf", "acr", "email", "email_verified", "name", "_claim_names", "1st", ""]
)  # fmt: skip
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_no_mapper_speaks_for_the_protocol(provider: Provider, claim: str) -> None:
    """Claims of the protocol, and those that a scope tells, are nobody's to map: neither a client's nor a scope's."""
    client = provider.client()
    mapper = Mapper(claim, "constant", "somebody else")
    with provider.registration(client) as row:
        assert reason(mappers.put_client(row, [mapper], actor="root")) == ("client_invalid", "claim")
        assert row.claim_mappers == []
    with provider.working():
        assert reason(mappers.put_scope("openid", [mapper], actor="root")) == ("client_invalid", "claim")


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_mapper_from_elsewhere_cannot_take_a_place(provider: Provider, ann: Person) -> None:
    """Even a row that was written past the rules does not stand in the place of a claim of the protocol."""
    client = provider.client(scope="openid")
    with provider.registration(client) as row:
        everywhere = {"id_token": True, "userinfo": True, "access_token": True, "later": 1}
        row.claim_mappers = [
            {"claim": name, "source": "constant", "value": "x"} | everywhere for name in ("sub", "aud", "exp", "scope")
        ]
    found = told(provider, client, provider.browser(ann), "openid")
    assert {found[place]["sub"] for place in EVERYWHERE} == {ann.sub}
    assert found["access_token"]["scope"] == "openid"
    assert found["id_token"]["aud"] == client.client_id


@pytest.mark.parametrize(
    ("mapper", "member"),
    [
        (Mapper("tenant", "elsewhere", "x"), "source"), (Mapper("tenant", "account", "password_hash"), "value"),
        (Mapper("tenant", "groups", "all"), "value"), (Mapper("tenant", "constant", ""), "value"),
        (Mapper("tenant", "constant", "x" * 301), "value"), (Mapper("tenant", "constant", "a\nb"), "value"),
        (Mapper("tenant", "constant", "x", id_token=False, userinfo=False), "id_token"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_bad_mappers(provider: Provider, mapper: Mapper, member: str) -> None:
    """What a mapper cannot be is refused at its member."""
    with provider.registration(provider.client()) as row:
        assert reason(mappers.put_client(row, [mapper], actor="root")) == ("client_invalid", member)


def test_somebody_in_five_hundred_groups(provider: Provider, ann: Person) -> None:
    """A list that is too long for a header stands in no token, and whole at userinfo; it is never cut."""
    client = provider.client(scope=STANDING)
    put_into(provider, ann, *(f"/all/{number:03}" for number in range(500)))
    found = told(provider, client, provider.browser(ann), "openid groups")
    assert set(places(found, "groups")) == {"userinfo"}
    assert len(found["userinfo"]["groups"]) == 501
    assert len(found["answer"]["access_token"]) < 2000
    assert telling.MOST_IN_TOKEN < 500 < telling.MOST_IN_ANSWER


def test_claims_by_name(provider: Provider, ann: Person) -> None:
    """A client that is registered for the scope may ask for the claim alone (OpenID Connect Core, section 5.5); no other may."""
    put_into(provider, ann, "/eng")
    asked = {"scope": "openid", "claims": '{"id_token": {"groups": null}}'}
    registered, stranger = provider.client(scope=STANDING), provider.client(scope="openid")
    browser = provider.browser(ann)
    assert places(told(provider, registered, browser, **asked), "groups") == {"id_token": ["/eng"]}
    assert places(told(provider, stranger, browser, **asked), "groups") == {}


def test_discovery(provider: Provider) -> None:
    """The metadata names both scopes and both claims."""
    document = provider.http.get("/.well-known/openid-configuration").json
    assert {"groups", "roles"} <= set(document["scopes_supported"])
    assert {"groups", "roles"} <= set(document["claims_supported"])


def test_a_membership_ends_in_the_token_too(provider: Provider, ann: Person) -> None:
    """What ends today is told today and not tomorrow, without anybody deleting anything."""
    from idp.groups import members
    from tests.groups.making import account, group

    client = provider.client(scope="openid groups offline_access")
    with provider.working():
        members.add(group("/eng"), account(ann), ends_at=clock.now() + timedelta(hours=1), actor="root")
    answer = told(provider, client, provider.browser(ann), "openid groups offline_access")["answer"]
    with clock.moved(timedelta(hours=2)):
        again = provider.refresh(client, answer["refresh_token"]).json
        assert provider.userinfo(again["access_token"]).json["groups"] == []
