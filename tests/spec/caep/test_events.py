"""CAEP 1.0 and RISC 1.0: which acts are which events, with which members, about whom."""

from dataclasses import replace
from typing import Any

import jwt
import pytest

from idp.accounts import credentials, erasure, lookup, service, supporting
from idp.accounts.service import Profile
from idp.base.database import session
from idp.base.outcome import Refused
from idp.clients import service as clients
from idp.factors import service as factors
from idp.factors.models import Passkey
from idp.groups import members as memberships
from idp.groups.models import Group
from idp.oauth import consents
from tests.factories import PASSWORD, Browser, Person, Provider
from tests.pushing.acting import make_group
from tests.signals.receiving import CAEP, RISC, Receiver, collect, make_receiver, members, short
from tests.two_factors import give_app


def of(news: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Return the claims of one kind."""
    return [claims for claims in news if short(claims) == kind]


def test_a_token_is_of_the_form(provider: Provider, receiver: Receiver, allowing: Browser, ann: Person) -> None:
    """Typed, RS256, one event, `sub_id`, `txn`, and neither `sub` nor `exp` (SSF 1.0, 4.1; RFC 8417, 2)."""
    made = receiver.make()
    allowing.sign_out()
    collect(provider)
    (token,) = receiver.poll(made)["sets"].values()
    header = jwt.get_unverified_header(token)
    assert (header["typ"], header["alg"]) == ("secevent+jwt", "RS256")
    claims = provider.verify(token, receiver.client.client_id)
    assert set(claims) == {"iss", "aud", "iat", "jti", "txn", "sub_id", "events"}
    assert provider.userinfo(token).status_code == 401
    (again,) = receiver.poll(made)["sets"].values()
    assert provider.verify(again, receiver.client.client_id) == claims
    user = {"format": "iss_sub", "iss": provider.issuer, "sub": ann.sub}
    session = {"format": "opaque", "id": allowing.sid}
    assert claims["sub_id"] == {"format": "complex", "user": user, "session": session}
    event = claims["events"][f"{CAEP}session-revoked"]
    assert (event["initiating_entity"], event["reason_admin"]) == ("user", {"en": "The person signed out"})
    assert abs(event["event_timestamp"] - claims["iat"]) <= 60


def test_only_the_clients_of_a_session_hear_of_it(
    provider: Provider, receiver: Receiver, allowing: Browser, ann: Person
) -> None:
    """A session in which the client never was is none of its business; nor is somebody who never let it in (3.1)."""
    made, other = receiver.make(), make_receiver(provider)
    others = other.make()
    provider.browser(ann).sign_out()
    stranger = provider.browser(provider.person("ben@example.org"))
    stranger.sign_out()
    assert receiver.news(made) == other.news(others) == []
    allowing.sign_out()
    assert (len(receiver.news(made)), other.news(others)) == (1, [])


def test_everything_signed_out_is_about_the_person(
    provider: Provider, receiver: Receiver, allowing: Browser, ann: Person
) -> None:
    """An administrator who signs somebody out everywhere is heard of for the session and for the person (3.1)."""
    made = receiver.make()
    with provider.account(ann) as account:
        supporting.sign_out(account, actor="root")
    news = receiver.news(made)
    assert [short(claims) for claims in news] == ["session-revoked"] * 2
    assert sorted(claims["sub_id"]["format"] for claims in news) == ["complex", "iss_sub"]
    assert {members(claims)["initiating_entity"] for claims in news} == {"admin"}


def test_a_withdrawn_app_hears_of_it_last(
    provider: Provider, receiver: Receiver, allowing: Browser, ann: Person
) -> None:
    """Whose access is withdrawn is told so, and nothing more from then on; others are not told (3.1)."""
    made, other = receiver.make(), make_receiver(provider)
    provider.grant(other.client, allowing)
    others = other.make()
    with provider.working():
        consents.withdraw(ann.id, receiver.client.client_id, subject=ann.sub, source="s")
    (claims,) = receiver.news(made)
    assert (short(claims), claims["sub_id"]["sub"]) == ("session-revoked", ann.sub)
    with provider.account(ann) as account:
        service.change_profile(account, Profile("Zoe", "Z"), source="s")
        service.set_disabled(account, True, actor="root")
    assert of(receiver.news(made), "account-disabled") == []
    assert len(of(other.news(others), "account-disabled")) == 1


def test_a_changed_password_is_a_changed_credential(
    provider: Provider, receiver: Receiver, allowing: Browser, ann: Person
) -> None:
    """With its type, what was done, and why (3.3; interoperability profile, 3.2); the sessions that ended with it are heard of too."""
    made = receiver.make()
    values = {"current_password": PASSWORD, "new_password": "quite another pass phrase"}
    assert provider.browser(ann).submit("/account/password", **values).status_code == 303
    news = receiver.news(made)
    (changed,) = of(news, "credential-change")
    event = members(changed)
    assert (event["credential_type"], event["change_type"]) == ("password", "update")
    assert (event["initiating_entity"], event["reason_admin"]) == ("user", {"en": "The password was changed"})
    (ended,) = of(news, "session-revoked")
    assert ended["sub_id"]["session"]["id"] == allowing.sid
    assert changed["txn"] != ended["txn"]


def test_factors_are_credentials_of_their_types(
    provider: Provider, receiver: Receiver, allowing: Browser, ann: Person
) -> None:
    """An authenticator app is `app`, a passkey of a device `fido2-platform`, a key to carry `fido2-roaming` (3.3.1)."""
    made = receiver.make()
    give_app(provider, ann)
    with provider.account(ann) as account:
        for number, transports in enumerate((["internal"], ["usb"])):
            row = Passkey(
                id=f"p{number}", account_id=ann.id, name="key", credential_id=bytes([number]), public_key=b"k"
            )
            row.transports, row.created_at, row.sign_count, row.backed_up = transports, account.created_at, 0, False
            session().add(row)
        session().flush()
        factors.reset(account, actor="root")
    told = [members(claims) for claims in of(receiver.news(made), "credential-change")]
    removed = [event["credential_type"] for event in told if event["change_type"] == "delete"]
    assert removed == ["app", "fido2-platform", "fido2-roaming"]


def test_an_account_is_disabled_enabled_closed_and_kept(
    provider: Provider, receiver: Receiver, allowing: Browser, ann: Person
) -> None:
    """Each once, and a second order that changes nothing is no news (RISC, 2.3 and 2.4)."""
    made = receiver.make(events_requested=[f"{RISC}account-disabled", f"{RISC}account-enabled"])
    with provider.account(ann) as account:
        for disabled in (True, True, False, False):
            service.set_disabled(account, disabled, actor="root")
    assert receiver.kinds(made) == ["account-disabled", "account-enabled"]
    with provider.account(ann) as account:
        erasure.schedule(account, source="s")
    with provider.account(ann) as account:
        erasure.reopen(account, source="s")
    news = receiver.news(made)
    assert [short(claims) for claims in news] == ["account-disabled", "account-enabled"]
    assert {members(claims)["initiating_entity"] for claims in news} == {"user"}


def test_whoever_is_erased_is_heard_of_once_more(
    provider: Provider, receiver: Receiver, allowing: Browser, ann: Person
) -> None:
    """`account-purged` goes to those who knew them; whatever else waited about them is gone (RISC, 2.2)."""
    made, other = receiver.make(), make_receiver(provider)
    others = other.make()
    with provider.account(ann) as account:
        service.change_profile(account, Profile("Zoe", "Z"), source="s")
    collect(provider)
    with provider.account(ann) as account:
        assert erasure.erase(account, actor="root") is None
    (claims,) = receiver.news(made)
    assert (short(claims), claims["sub_id"]["sub"]) == ("account-purged", ann.sub)
    assert other.news(others) == []


def test_claims_have_their_new_values_where_the_client_may_read_them(
    provider: Provider, receiver: Receiver, allowing: Browser, ann: Person
) -> None:
    """Of a profile what its scopes tell, null for what is gone; who was allowed nothing of it hears nothing (3.2.1)."""
    made, other = receiver.make(), make_receiver(provider)
    provider.grant(other.client, allowing, "openid email")
    others = other.make()
    with provider.account(ann) as account:
        service.change_profile(account, Profile("Zoe", "", picture="https://z.example/p"), source="s")
    (claims,) = receiver.news(made)
    told = members(claims)["claims"]
    assert (told["given_name"], told["family_name"], told["name"]) == ("Zoe", None, "Zoe")
    assert {"email", "sub", "updated_at"}.isdisjoint(told)
    assert other.news(others) == []


def test_groups_and_roles_are_claims_too(
    provider: Provider, receiver: Receiver, allowing: Browser, ann: Person
) -> None:
    """Who may read groups hears of all of them at each change, and of none once there is none (3.2.1)."""
    provider.grant(receiver.client, allowing, "openid groups")
    made = receiver.make()
    staff = make_group(provider, "staff", ann)
    (claims,) = receiver.news(made)
    assert members(claims)["claims"] == {"groups": ["/staff"]}
    with provider.working():
        account, group = lookup.find(ann.id), session().get(Group, staff.id)
        assert account is not None
        assert group is not None
        memberships.remove(group, account, actor="root")
    (claims,) = receiver.news(made)
    assert members(claims)["claims"] == {"groups": []}


def test_a_pairwise_client_hears_of_its_own_subjects(provider: Provider, ann: Person, receiver: Receiver) -> None:
    """The subject is the one of its ID tokens, and neither it nor `txn` joins what two clients hear (SSF, 4.1.9; Core, 8)."""
    hidden = make_receiver(provider, subject_type="pairwise")
    browser = provider.browser(ann)
    known = provider.verify(provider.grant(hidden.client, browser)["id_token"], hidden.client.client_id)["sub"]
    provider.grant(receiver.client, browser)
    made, open_one = hidden.make(), receiver.make()
    browser.sign_out()
    (claims,), (other,) = hidden.news(made), receiver.news(open_one)
    assert claims["sub_id"]["user"]["sub"] == known != ann.sub == other["sub_id"]["user"]["sub"]
    assert claims["txn"] != other["txn"]
    out = {"format": "iss_sub", "iss": provider.issuer, "sub": known}
    assert (
        hidden.ask("POST", "/ssf/subjects/remove", {"stream_id": made["stream_id"], "subject": out}).status_code == 204
    )
    with provider.account(ann) as account:
        credentials.void_credentials(account, cause="administrator", actor="root")
        service.set_disabled(account, True, actor="root")
    assert hidden.news(made) == []


def test_an_address_is_told_to_who_may_read_it(
    provider: Provider, receiver: Receiver, allowing: Browser, ann: Person
) -> None:
    """A stream of the format `email` has it for people who let the client read it, and `iss_sub` for others (RFC 9493, 3.2.2)."""
    made = receiver.make(format="email", events_requested=[f"{RISC}account-disabled"])
    ben = provider.person("ben@example.org")
    provider.grant(receiver.client, provider.browser(ben), "openid")
    for person in (ann, ben):
        with provider.account(person) as account:
            service.set_disabled(account, True, actor="root")
    assert [claims["sub_id"] for claims in receiver.news(made)] == [
        {"format": "email", "email": ann.email},
        {"format": "iss_sub", "iss": provider.issuer, "sub": ben.sub},
    ]


def test_everybody_is_heard_of_where_an_administrator_says_so(provider: Provider, ann: Person) -> None:
    """`ssf.everybody` needs no consent, and tells no claims without it."""
    siem = make_receiver(provider, everybody=True)
    made = siem.make()
    browser = provider.browser(ann)
    with provider.account(ann) as account:
        service.change_profile(account, Profile("Zoe", "Z"), source="s")
        service.set_disabled(account, True, actor="root")
    assert browser.sid is not None
    assert siem.kinds(made) == ["session-revoked", "account-disabled"]


@pytest.mark.parametrize("way", ["disabled", "scope"])
def test_a_client_that_may_hear_no_more_hears_nothing(
    provider: Provider, receiver: Receiver, allowing: Browser, way: str
) -> None:
    """A disabled client, and one whose registration lost the scope, are told nothing of what happens meanwhile."""
    made = receiver.make()
    assert receiver.news(made) == []
    metadata = receiver.client.metadata
    with provider.registration(receiver.client) as row:
        if way == "disabled":
            clients.set_disabled(row, True)
        else:
            assert not isinstance(clients.change(row, replace(metadata, scope="openid")), Refused)
    allowing.sign_out()
    collect(provider)
    assert receiver.ask("GET", "/ssf/streams").status_code in {401, 403}
    with provider.registration(receiver.client) as row:
        clients.set_disabled(row, False)
        assert not isinstance(clients.change(row, metadata), Refused)
    assert receiver.news(made) == []
