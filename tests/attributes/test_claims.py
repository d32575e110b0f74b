"""Attributes as a source of claims, and in configuration files."""

from idp.applying.states import YES
from idp.clients import service as clients
from idp.clients.mapping import Mapper
from idp.clients.mapping import service as mapping
from tests.applying.bringing import actions, bring, export, refusals, told
from tests.attributes.defining import DEPARTMENT, define, give, remove
from tests.factories import Provider


def put(provider: Provider, client_id: str, *mappers: Mapper) -> object:
    """Set the mappers of a client."""
    with provider.working():
        row = clients.get(client_id, for_change=True)
        assert row is not None
        return mapping.put_client(row, mappers, actor="the tests")


def test_a_claim_tells_an_attribute(provider: Provider) -> None:
    """A number is told as a number, a choice as its word, where its mapper says; what was deleted is told no more; the preview agrees."""
    define(provider, "department", **DEPARTMENT, edited_by="administrators")
    define(provider, "shoe", kind="number")
    client, ann = provider.client(), provider.person()
    give(provider, ann, department="IT", shoe="42")
    rows = (
        Mapper("unit", "attribute", "department", access_token=True),
        Mapper("size", "attribute", "shoe", id_token=False),
    )
    assert put(provider, client.client_id, *rows) is None
    refused = put(provider, client.client_id, Mapper("unit", "attribute", "hat"))
    assert (getattr(refused, "field", None), getattr(refused, "detail", None)) == (
        "value",
        "There is no attribute hat.",
    )
    tokens = provider.grant(client, provider.browser(ann))
    token = provider.verify(tokens["id_token"], client.client_id)
    told = provider.userinfo(tokens["access_token"]).get_json()
    assert (token["unit"], "size" in token, told["unit"], told["size"]) == ("IT", False, "IT", 42)
    remove(provider, "department")
    told = provider.userinfo(tokens["access_token"]).get_json()
    assert ("unit" in told, told["size"]) == (False, 42)
    assert put(provider, client.client_id, *rows[:1]) is None


def test_attributes_in_a_file(provider: Provider) -> None:
    """A file defines attributes before the claims that are made of them, changes them, exports the same, and prunes with a yes alone."""
    text = """
name: ours
attributes:
  - name: department
    kind: choice
    choices: [Sales, IT]
    required: true
  - name: shoe
    kind: number
    minimum: '30'
scopes:
  - scope: shop
    claim_mappers:
      - claim: unit
        source: attribute
        value: department
"""
    outcome = bring(provider, text)
    assert actions(outcome) == ["created attributes/department", "created attributes/shoe", "created scopes/shop"]
    assert (actions(bring(provider, text)), bring(provider, text).unchanged) == ([], 3)
    written = export(provider)
    for said in ("name: department", "- Sales", "required: true", "source: attribute"):
        assert said in written
    assert "seen_by" not in written
    (wrong,) = refusals(bring(provider, text.replace("'30'", "'few'")))
    assert "attributes[1].minimum: Enter a number" in wrong
    (wrong,) = refusals(bring(provider, text.replace("kind: number\n    minimum: '30'", "kind: text")))
    assert "its kind stays" in wrong
    (wrong,) = refusals(bring(provider, text.replace("value: department", "value: hat")))
    assert "There is no attribute hat." in wrong
    (wrong,) = told(text.replace("required: true", "require: true"))
    assert "Did you mean required?" in wrong
    fewer = text.replace("  - name: shoe\n    kind: number\n    minimum: '30'\n", "")
    (wrong,) = refusals(bring(provider, fewer, prune=True))
    assert "--yes" in wrong
    assert actions(bring(provider, fewer, YES, prune=True)) == ["deleted attributes/shoe"]
