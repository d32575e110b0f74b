"""The administrators' pages of trusted issuers: trusting one, changing, deleting, and who may name programs that do more than they."""

import json

import pytest
from flask import Flask

from idp.base.database import session
from idp.clients.metadata import JWT_BEARER
from idp.issuers import known
from tests.admin.conftest import Making, Visitor
from tests.factories import Client, Provider
from tests.spec.rfc7523.issuing import KEYS
from tests.support.events import search as events_of

PAGE, NEW = "/admin/issuers", "/admin/issuers/new"
CLUSTER = "https://cluster.example"
SUBJECT = "system:serviceaccount:shop:orders"


def client_of(provider: Provider, **members: object) -> Client:
    """Register a client that proves itself by its platform's token."""
    usual = {"grant_types": ["client_credentials", JWT_BEARER], "redirect_uris": [], "scope": "read"}
    return provider.client(**(usual | {"token_endpoint_auth_method": "federated_jwt"} | members))  # type: ignore[arg-type] # members of any kind


def fields_of(client: Client, **changed: object) -> dict[str, object]:
    """Return what is typed of a cluster."""
    usual = {
        "issuer_name": "Cluster", "jwks": json.dumps(KEYS), "workloads": f"{client.client_id} {SUBJECT}\n\n",
        "audiences": "https://audience.example\n", "grant_profiles": ["jwt"], "clients": client.client_id, "scope": "read",
        "account_claim": "email", "account_member": "email", "provider": "", "email_domains": "Example.org",
    }  # fmt: skip
    return usual | changed


def trust(admin: Visitor, **fields: object) -> str:
    """Trust an issuer through the form, and return the address of its page."""
    answer = admin.send(NEW, issuer=CLUSTER, **fields)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.headers["Location"]


def test_an_issuer_by_its_page(app: Flask, provider: Provider, admin: Visitor) -> None:
    """Trusted, listed, changed and deleted after a question; each with before and after in the log, and known at once."""
    assert "No issuer is trusted" in admin.text(PAGE)
    client = client_of(provider)
    path = trust(admin, **fields_of(client))
    for said in ("Cluster", CLUSTER):
        assert said in admin.text(PAGE)
    assert f"{client.client_id} {SUBJECT}" in admin.text(path)
    with app.app_context():
        found = known.find(CLUSTER)
        assert found is not None
        assert (found.email_domains, found.jwks, found.provider) == (("example.org",), KEYS, None)
    assert admin.send(path, **fields_of(client, scope="read write")).headers["Location"] == path
    with app.app_context():
        (event,) = session().scalars(events_of("issuer.changed"))
        assert (event.actor, event.changes) == (admin.sub, {"scope": ["read", "read write"]})
    assert "refused at once" in admin.text(f"{path}/delete")
    assert admin.send(f"{path}/delete").headers["Location"] == PAGE
    with app.app_context():
        assert known.find(CLUSTER) is None
    for gone in (path, f"{path}/delete", f"{PAGE}/99999999999999999999"):
        assert admin.get(gone).status_code == 404


def test_what_is_wrong_stands_at_its_field(provider: Provider, admin: Visitor) -> None:
    """A form that is refused keeps what was typed, and says what is wrong, each at its field."""
    wrong = fields_of(
        client_of(provider), jwks="{keys", jwks_uri="ftp://keys.example", workloads="nobody here\nalone", scope="openid-x offline_access"
    )  # fmt: skip
    answer = admin.send(NEW, issuer="cluster.example", **wrong)
    assert answer.status_code == 400
    for said in (
        "An https address without a query", "or their address, not both", "An https address is needed.", "A key set is a JSON object",
        "and the subject (sub)", "The scope offline_access is given to nobody", "There is no client", "{keys", "nobody here",
    ):  # fmt: skip
        assert said in answer.text, said
    for field, value in (("provider", "gone"), ("account_member", "shoe"), ("grant_profiles", ["x"])):
        answer = admin.send(NEW, issuer=CLUSTER, **fields_of(client_of(provider), **{field: value}))
        assert (answer.status_code, "Choose from what is offered." in answer.text) == (400, True), field


def test_two_who_edit_at_once(app: Flask, provider: Provider, admin: Visitor) -> None:
    """The second is shown what the first has saved, with what was typed kept, and saves over it knowingly."""
    client = client_of(provider)
    path = trust(admin, **fields_of(client))
    stale = admin.fields(path)
    assert admin.send(path, **fields_of(client, issuer_name="Theirs")).status_code == 303
    yours = fields_of(client, workloads=f"{client.client_id} mine")
    answer = admin.client.post(path, data=stale | yours, headers={"Accept": "text/html"})
    assert answer.status_code == 409
    for said in ("Somebody else has saved meanwhile", 'value="Theirs"', f"{client.client_id} mine"):
        assert said in answer.text
    fields = admin.fields(path)
    assert admin.client.post(path, data=fields | yours | {"issuer_name": "Theirs"}).status_code == 303
    with app.app_context():
        found = known.find(CLUSTER)
        assert found is not None
        assert (found.issuer_name, [one.sub for one in found.workloads]) == ("Theirs", ["mine"])


@pytest.fixture
def keeper(add_account: Making, sign_in: object) -> Visitor:
    """Somebody who administers clients, and nothing else."""
    return sign_in(add_account("clients@example.org", role="clients"))  # type: ignore[operator, no-any-return] # a fixture is a function


def test_nobody_trusts_more_than_they_may(provider: Provider, admin: Visitor, keeper: Visitor) -> None:
    """Who administers clients alone names neither programs with `scim`, nor keys of an issuer that has such, or that speaks of people."""
    plain, mighty = client_of(provider), client_of(provider, scope="scim")
    alone = {"grant_profiles": [], "clients": "", "scope": ""}
    for fields, refused in (
        (fields_of(mighty, **alone), "does what you may not do yourself"),
        (fields_of(plain), "Its tokens speak for people"),
    ):
        answer = keeper.send(NEW, issuer=CLUSTER, **fields)
        assert (answer.status_code, refused in answer.text) == (400, True)
        path = trust(admin, **fields)
        for changed in (
            {"jwks_uri": "https://own.example/keys", "jwks": ""},
            alone | {"workloads": f"{plain.client_id} x"},
        ):
            answer = keeper.send(path, **fields | changed)
            assert (answer.status_code, refused in answer.text) == (400, True)
        assert admin.send(path, **fields_of(plain, **alone)).status_code == 303
        assert keeper.send(path, **fields_of(plain, **alone | {"workloads": f"{plain.client_id} x"})).status_code == 303
        assert keeper.send(f"{path}/delete").status_code == 303


def test_a_client_says_who_trusts_its_tokens(provider: Provider, admin: Visitor) -> None:
    """The page of a client that shows others' tokens names the issuers, or says that none names it; of any other it says nothing."""
    client, other = client_of(provider), provider.client()
    assert "no trusted issuer names it yet" in admin.text(f"/admin/clients/{client.client_id}")
    path = trust(admin, **fields_of(client))
    assert f'<a href="{path}">Cluster</a>' in admin.text(f"/admin/clients/{client.client_id}")
    assert "client-issuers" not in admin.text(f"/admin/clients/{other.client_id}")


def test_a_reader_reads(provider: Provider, admin: Visitor, add_account: Making, sign_in: object) -> None:
    """Who may only read sees what there is, with the words of the form, and no form."""
    path = trust(admin, **fields_of(client_of(provider)))
    reader: Visitor = sign_in(add_account("audit@example.org", role="reader"))  # type: ignore[operator] # a fixture is a function
    text = reader.text(path)
    assert "The e-mail address" in text
    assert "issuer-submit" not in text
    assert reader.get(NEW).status_code == 403
