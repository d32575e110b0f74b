"""Bringing a file there: once, and never again; all of it or nothing; through the services, with their checks and lines in the log."""

import threading
from dataclasses import replace

from sqlalchemy import func, select

from idp.audit import AuditEvent
from idp.base.database import session
from idp.clients import service as clients
from idp.federation import catalogue
from idp.groups import access
from tests.applying.bringing import ACTOR, ENVIRONMENT, SECRET, WHOLE, actions, bring, export, refusals, rows
from tests.factories import Provider

CLIENT = "clients:\n- client_id: shop\n  client_name: Paper Shop\n  token_endpoint_auth_method: none\n"
HERE = "  redirect_uris: [https://shop.example/callback]\n"
SIGNED = CLIENT.replace("method: none", "method: client_secret_basic") + HERE


def events(provider: Provider) -> list[str]:
    """Return the names of the events that the tests have caused."""
    with provider.working():
        query = select(AuditEvent.event).where(AuditEvent.actor == ACTOR).order_by(AuditEvent.id)
        return list(session().scalars(query))


def test_a_second_run_changes_nothing(provider: Provider) -> None:
    """A file of every section is brought there; the same file once more writes not one row, and says how many entries are as it says."""
    provider.person(is_admin=True)
    assert actions(bring(provider, WHOLE)) == ["created groups/" + path for path in ("eng", "eng/backend")] + [
        "created clients/shop",
        "created clients/pocket",
        "created scopes/groups",
        "created roles/reader",
        "created roles/editor shop",
        "created providers/corp",
        "created policies/second_factor",
        "created policies/sign_up",
        "created policies/terms",
        "created policies/audit_retention",
    ]
    before = rows(provider)
    outcome = bring(provider, WHOLE, prune=True)
    assert (actions(outcome), outcome.unchanged) == ([], 12)
    assert rows(provider) == before


def test_everything_goes_through_the_services(provider: Provider) -> None:
    """What a file brings is what pages would have made: it works, and each change is in the log with who acted."""
    bring(provider, WHOLE)
    with provider.working():
        row = clients.get("shop")
        assert row is not None
        assert clients.parse(row).check_client_secret(SECRET)
        rule = access.of(row)
        assert (rule.is_restricted, [group.path for group in rule.groups], rule.note) == (True, ["/eng"], "Ask Ann.")
        upstream = catalogue.get("corp")
        assert upstream is not None
        assert catalogue.secret_of(upstream) == ENVIRONMENT["CORP_SECRET"]
    made = events(provider)
    assert {
        "group.created", "client.registered", "client.access_changed", "client.claims_changed", "scope.claims_changed",
        "role.created", "role.given_to_group", "provider.created", "policy.changed",
    } <= set(made)  # fmt: skip
    assert made[-1] == "configuration.applied"


def test_a_dry_run_does_nothing(provider: Provider) -> None:
    """A dry run says what the run itself then does, and leaves every table as it was."""
    before = rows(provider)
    would = bring(provider, WHOLE, dry_run=True)
    assert rows(provider) == before
    assert actions(bring(provider, WHOLE)) == actions(would)


def test_members_follow_the_file(provider: Provider) -> None:
    """What the file says otherwise is changed, with before and after in the log; what it does not say goes back to its default."""
    bring(provider, f"{CLIENT}{HERE}  logo_uri: https://shop.example/logo.png\n  first_party: true\n")
    outcome = bring(provider, CLIENT.replace("Paper", "Book") + HERE + "  require_second_factor: true\n")
    assert actions(outcome) == ["changed clients/shop"]
    with provider.working():
        (event,) = session().scalars(select(AuditEvent).where(AuditEvent.event == "client.changed"))
        assert event.changes == {
            "client_name": ["Paper Shop", "Book Shop"],
            "logo_uri": ["https://shop.example/logo.png", None],
            "first_party": [True, False],
            "require_second_factor": [False, True],
        }


def test_what_happens_between_two_runs_is_undone(provider: Provider) -> None:
    """A member that somebody changed by hand is as the file says afterwards, and so is a group that was deleted."""
    text = f"groups: [{{path: /eng}}]\n{CLIENT}{HERE}"
    bring(provider, text)
    with provider.working():
        row = clients.get("shop", for_change=True)
        assert row is not None
        clients.change(row, replace(clients.to_metadata(row), first_party=True))
    bring(provider, "name: other\ngroups: []\n")
    assert actions(bring(provider, text)) == ["changed clients/shop"]


def test_some_members_stay_where_they_are_not_said(provider: Provider) -> None:
    """A file that says nothing of it neither enables a client that was disabled, nor opens one, nor takes a role from a group."""
    bring(provider, WHOLE)
    with provider.working():
        row = clients.get("shop", for_change=True)
        assert row is not None
        clients.set_disabled(row, True)
    quiet = (
        WHOLE.replace("  client_secret: {env: SHOP_SECRET}\n", "")
        .replace("  access: {for: groups, groups: [/eng], note: Ask Ann.}\n", "")
        .replace("  groups:\n  - {path: /eng/backend, until: 2099-12-31}\n", "")
        .replace("  client_secret: {env: CORP_SECRET}\n", "")
    )
    assert quiet.count("\n") == WHOLE.count("\n") - 5
    assert actions(bring(provider, quiet)) == []
    spoken = quiet.replace("- client_id: shop\n", "- client_id: shop\n  disabled: false\n  access: {for: everybody}\n")
    assert actions(bring(provider, spoken)) == ["changed clients/shop"]
    with provider.working():
        row = clients.get("shop")
        assert row is not None
        assert (row.disabled_at, row.is_restricted) == (None, False)


def test_nothing_is_half_applied(provider: Provider) -> None:
    """Where anything is refused nothing is done, and each refusal of a service has the line of its member."""
    text = (
        "groups:\n- path: /eng\n- path: /a/b/c/d/e/f/g/h/i\nclients:\n- client_id: shop\n  client_name: Shop\n"
        "  redirect_uris: [http://shop.example/]\n  subject_type: pairwise\n  jwks: {keys: 1}\n"
        "- client_id: new\n  client_name: New\n  token_endpoint_auth_method: none\n  grant_types: [client_credentials]\n"
        "roles:\n- name: two words\n- name: good\n  groups: [{path: /nowhere}]\nproviders:\n- key: UP\n  client_id: us\n"
        "  claims: {name: a b}\n"
    )
    before = rows(provider)
    found = refusals(bring(provider, text))
    assert rows(provider) == before
    places = [line.split(": ")[0] for line in found]
    assert sorted(set(places), key=places.index) == [
        "3 groups[1].path",
        "5 clients[0]",
        "7 clients[0].redirect_uris",
        "9 clients[0].jwks",
        "13 clients[1].grant_types",
        "15 roles[0].name",
        "17 roles[1].groups",
        "19 providers[0]",
        "19 providers[0].key",
        "21 providers[0].claims",
    ]
    assert (len(found), places.count("21 providers[0].claims")) == (13, 3)
    told = "\n".join(found)
    for words in ("A new client needs its secret", "must be https", "There is no group /nowhere.", "Enter the issuer"):
        assert words in told


def test_entries_may_stand_in_any_order(provider: Provider) -> None:
    """What one entry gives up another one may take, wherever the two stand in the file."""
    corp = "- {key: corp, issuer: https://corp.example, client_id: us, token_endpoint_auth_method: none, only_domains: [corp.example]}\n"
    new = corp.replace("key: corp", "key: a-new-one")
    bring(provider, f"providers:\n{corp}")
    changed = corp.replace(", only_domains: [corp.example]", "")
    assert sorted(actions(bring(provider, f"providers:\n{new}{changed}"))) == [
        "changed providers/corp",
        "created providers/a-new-one",
    ]
    assert "sign in only through a-new-one" in refusals(bring(provider, f"providers:\n{corp}{new}"))[0]


def test_secrets_are_renewed_once(provider: Provider) -> None:
    """Another secret behind the reference is taken, the one before counts for a day beside it, and the file does not do it again."""
    text = f"{SIGNED}  client_secret: {{env: SHOP_SECRET, optional: true}}\n"
    assert "A new client needs its secret" in refusals(bring(provider, text, variables={"SHOP_SECRET": ""}))[0]
    assert "At least 8 characters" in refusals(bring(provider, text, variables={"SHOP_SECRET": "short"}))[0]
    bring(provider, text)
    assert actions(bring(provider, text, variables={"SHOP_SECRET": ""})) == []
    other = {"SHOP_SECRET": "another secret than before"}
    assert actions(bring(provider, text, variables=other)) == ["changed clients/shop"]
    assert actions(bring(provider, text, variables=other)) == []
    with provider.working():
        row = clients.get("shop")
        assert row is not None
        client = clients.parse(row)
        assert client.check_client_secret(SECRET)
        assert client.check_client_secret("another secret than before")
    assert events(provider).count("client.secret_renewed") == 1
    public = f"{CLIENT.replace('shop', 'public')}{HERE}  client_secret: {{env: SHOP_SECRET}}\n"
    assert "has no secret" in refusals(bring(provider, public))[0]


def test_what_administrators_must_accept_is_refused_first(provider: Provider) -> None:
    """A provider that would lock administrators out is refused with its line, until that is accepted by name."""
    provider.person("ann@corp.example", is_admin=True)
    corp = "- key: corp\n  issuer: https://id.corp.example\n  client_id: us\n  token_endpoint_auth_method: none\n"
    text = f"providers:\n{corp}  only_domains: [corp.example]\n"
    assert "would have no way in" in refusals(bring(provider, text))[0]
    assert actions(bring(provider, text, catalogue.LOCKOUT)) == ["created providers/corp"]


def test_names_are_compared_as_everywhere(provider: Provider) -> None:
    """A group is found however its path is written, and takes over the case; a role's name stays, and the file is told so."""
    bring(provider, "groups: [{path: /eng/Backend}]\nroles: [{name: Editor}]\n")
    assert actions(bring(provider, "groups: [{path: /ENG/backend}]\n")) == ["changed groups/eng/backend"]
    assert "its name stays" in refusals(bring(provider, "roles: [{name: editor}]\n"))[0]


def test_a_last_day_that_is_over_gives_nothing(provider: Provider) -> None:
    """A role that a group had until a day is taken from it by nobody twice: the file may go on naming the day."""
    text = "groups: [{path: /eng}]\nroles:\n- {name: reader, groups: [{path: /eng, until: 2020-01-01}]}\n"
    bring(provider, text)
    assert "groups" not in export(provider).partition("roles:")[2]
    assert actions(bring(provider, text)) == []


def test_two_at_once_stand_in_line(provider: Provider) -> None:
    """Eight threads that apply one file make everything once, and every one of them finds it as it says."""
    outcomes = []
    threads = [threading.Thread(target=lambda: outcomes.append(bring(provider, WHOLE))) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(actions(outcome)) for outcome in outcomes) == [0] * 7 + [12]
    assert events(provider).count("configuration.applied") == 1
    with provider.working():
        assert session().scalar(select(func.count()).where(AuditEvent.event == "client.registered")) == 2


def test_a_sector_is_looked_at_where_a_client_changes(provider: Provider) -> None:
    """A document that cannot be fetched refuses a new client, before anything is written."""
    text = f"groups: [{{path: /eng}}]\n{CLIENT}{HERE}  sector_identifier_uri: https://127.0.0.1/uris\n"
    (found,) = refusals(bring(provider, text))
    assert found == "7 clients[0].sector_identifier_uri: The document could not be fetched."
    assert "/eng" not in export(provider)
