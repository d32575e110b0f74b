"""`--prune` deletes what files of that name have made, and nothing else: not what was there before, nor what somebody made anew since."""

from idp.base.database import session
from idp.clients import service as clients
from idp.groups import lookup, members, service
from tests.applying.bringing import WHOLE, actions, bring, export, refusals
from tests.factories import Person, Provider

SHOP = (
    "- {client_id: shop, client_name: Shop, token_endpoint_auth_method: none, redirect_uris: [https://shop.example/]}\n"
)
WIKI = SHOP.replace("shop", "wiki")


def test_what_a_file_made_goes_with_its_line(provider: Provider) -> None:
    """Without --prune nothing is deleted; with it everything that the file has made and does not say any more, but policies, which stay."""
    bring(provider, WHOLE)
    rest = "groups: [{path: /eng}]\n"
    assert actions(bring(provider, rest)) == ["changed groups/eng"]
    assert actions(bring(provider, rest, "yes", prune=True)) == [
        "deleted clients/pocket",
        "deleted clients/shop",
        "deleted groups/eng/backend",
        "deleted roles/editor shop",
        "deleted roles/reader",
        "deleted scopes/groups",
        "deleted providers/corp",
    ]
    left = export(provider)
    assert "second_factor" in left
    assert [word for word in ("shop", "pocket", "backend", "corp", "reader", "scopes") if word in left] == []


def test_only_what_was_made_is_pruned(provider: Provider) -> None:
    """What was there before the file stays, also where the file has changed it; so does what was deleted and made anew by hand."""
    provider.client(client_id="wiki", public=True)
    bring(provider, f"clients:\n{SHOP}{WIKI}groups: [{{path: /eng}}]\n")
    with provider.working():
        row = clients.get("shop", for_change=True)
        assert row is not None
        clients.remove(row)
    provider.client(client_id="shop", public=True)
    assert actions(bring(provider, "groups: [{path: /eng}]\n", prune=True)) == []
    assert actions(bring(provider, "clients: []\n", prune=True)) == ["deleted groups/eng"]
    assert export(provider).count("client_id:") == 2


def test_files_of_other_names_are_left_alone(provider: Provider) -> None:
    """A file prunes what files of its own name made; what two of them say belongs to the one that was applied last."""
    bring(provider, f"name: a\nclients:\n{SHOP}{WIKI}")
    bring(provider, f"name: b\nclients:\n{SHOP}", prune=True)
    assert actions(bring(provider, "name: a\nclients: []\n", prune=True)) == ["deleted clients/wiki"]
    assert actions(bring(provider, "name: b\nclients: []\n", prune=True)) == ["deleted clients/shop"]


def test_what_hangs_on_it_is_asked_for(provider: Provider, ann: Person) -> None:
    """A group with members is pruned with --yes alone, and one with a group of somebody else's below it not even then."""
    text = "groups: [{path: /eng}]\nroles: [{name: reader}]\n"
    bring(provider, text)
    with provider.account(ann) as account:
        group = lookup.find_by_path("/eng")
        assert group is not None
        members.add(group, account, actor="the tests")
    nothing = "clients: []\n"
    assert refusals(bring(provider, nothing, prune=True)) == [
        "0 groups/eng: It is not deleted: 1 memberships, 0 owners and 0 clients that are for it go with it. Say --yes to accept that."
    ]
    with provider.working():
        service.create_path("/eng/by-hand", actor="the tests")
    assert "/eng/by-hand lies below it" in refusals(bring(provider, nothing, "yes", prune=True))[0]
    with provider.working():
        service.remove(lookup.find_by_path("/eng/by-hand") or group, actor="the tests")
        session().flush()
    assert actions(bring(provider, nothing, "yes", prune=True)) == ["deleted groups/eng", "deleted roles/reader"]
