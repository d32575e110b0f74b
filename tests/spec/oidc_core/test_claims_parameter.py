"""OpenID Connect Core 1.0, section 5.5: single claims asked for by name, and the demands on `sub` and `acr`."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from idp.oauth import consents
from tests.factories import Browser, Client, Person, Provider, parameters
from tests.two_factors import enter, give_app

NAME = {"given_name": "Bea", "family_name": "Bell"}


@pytest.fixture
def bea(provider: Provider) -> Person:
    """Somebody with a name."""
    return provider.person("bea@example.org", **NAME)


@pytest.fixture
def own(provider: Provider) -> Client:
    """A client that asks nobody for consent."""
    return provider.client(first_party=True)


def claims(**places: Any) -> str:
    """Return the parameter."""
    return json.dumps(places)


def told(provider: Provider, client: Client, browser: Browser, **request: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what userinfo and the ID token tell of a request that is allowed."""
    tokens = provider.grant(client, browser, **request)
    return (
        dict(provider.userinfo(tokens["access_token"]).json),
        provider.verify(tokens["id_token"], client.client_id),
    )


def test_each_place_tells_its_own(provider: Provider, bea: Person, shop: Client) -> None:
    """A claim is told where it was asked for, and not elsewhere (5.5)."""
    browser = provider.browser(bea)
    asked = claims(userinfo={"name": {"essential": True}}, id_token={"given_name": None})
    userinfo, id_token = told(provider, shop, browser, claims=asked)
    assert userinfo == {"sub": bea.sub, "name": "Bea Bell"}
    assert id_token["given_name"] == "Bea"
    assert "name" not in id_token


def test_both_places_and_a_scope(provider: Provider, bea: Person, shop: Client) -> None:
    """Claims by name and by scope are added up (5.5)."""
    asked = claims(userinfo={"name": None}, id_token={"email": None})
    userinfo, id_token = told(provider, shop, provider.browser(bea), scope="openid email", claims=asked)
    assert set(userinfo) == {"sub", "name", "email", "email_verified"}
    assert id_token["email"] == bea.email


def test_the_page_shows_each_claim(provider: Provider, bea: Person, shop: Client) -> None:
    """A claim that no asked scope brings stands on the consent page, in words, and one that a scope brings does not stand twice (16.1)."""
    browser = provider.browser(bea)
    asked = claims(userinfo={"name": None, "birthdate": None}, id_token={"email": None})
    page = browser.get(browser.authorize(shop, scope="openid email", claims=asked).location).text
    assert "See your full name" in page
    assert "See your date of birth" in page
    assert page.count("See your e-mail address") == 1


def test_an_earlier_consent_does_not_cover_a_claim(provider: Provider, bea: Person, shop: Client) -> None:
    """Who allowed `openid` is asked again for a name, and silently there is only consent_required (3.1.2.4)."""
    browser = provider.browser(bea)
    browser.consent(shop)
    asked = claims(userinfo={"name": {"essential": True}})
    assert browser.answer(shop, claims=asked, prompt="none")["error"] == "consent_required"
    browser.consent(shop, claims=asked)
    assert "code" in browser.answer(shop, claims=asked, prompt="none")
    other = claims(userinfo={"birthdate": None})
    assert browser.answer(shop, claims=other, prompt="none")["error"] == "consent_required"


def test_a_claim_is_not_allowed_for_other_requests(provider: Provider, bea: Person, shop: Client) -> None:
    """What was allowed once is told only of requests that ask for it (5.5)."""
    browser = provider.browser(bea)
    browser.consent(shop, claims=claims(userinfo={"name": None}))
    userinfo, _id_token = told(provider, shop, browser)
    assert userinfo == {"sub": bea.sub}


def test_a_refresh_tells_the_same(provider: Provider, bea: Person, shop: Client) -> None:
    """A refreshed token tells the claims that its grant was given, until the consent is withdrawn (12.2)."""
    browser = provider.browser(bea)
    asked = claims(userinfo={"name": None}, id_token={"given_name": None})
    first = provider.grant(shop, browser, "openid offline_access", claims=asked)
    second = provider.refresh(shop, first["refresh_token"]).json
    assert provider.userinfo(second["access_token"]).json["name"] == "Bea Bell"
    assert provider.verify(second["id_token"], shop.client_id)["given_name"] == "Bea"
    with provider.working():
        consents.withdraw(bea.id, shop.client_id, subject=bea.sub, source="127.0.0.1")
    assert provider.userinfo(second["access_token"]).status_code == 401


def test_a_claim_outside_the_registration(provider: Provider, bea: Person) -> None:
    """A claim whose scope the client did not register is neither shown nor told, also where it is called essential (5.5.1)."""
    client = provider.client(scope="openid email")
    browser = provider.browser(bea)
    asked = claims(userinfo={"name": {"essential": True}, "email": None}, id_token={"given_name": None})
    page = browser.get(browser.authorize(client, claims=asked).location).text
    assert "See your full name" not in page
    assert "See your given name" not in page
    userinfo, id_token = told(provider, client, browser, claims=asked)
    assert userinfo == {"sub": bea.sub, "email": bea.email}
    assert "given_name" not in id_token


def test_what_nobody_knows_is_left_out(provider: Provider, ann: Person, shop: Client) -> None:
    """A claim that the person has not told, or that does not exist, is no error and no member (5.5.1)."""
    asked = claims(
        userinfo={"name": {"essential": True}, "shoe_size": {"essential": True}, "__proto__": None},
        id_token={"iss": {"value": "https://elsewhere.example"}, "aud": None, "family_name": None},
        elsewhere={"name": None},
    )
    userinfo, id_token = told(provider, shop, provider.browser(ann), claims=asked)
    assert userinfo == {"sub": ann.sub}
    assert id_token["iss"] == provider.issuer
    assert id_token["aud"] == shop.client_id
    assert not {"family_name", "shoe_size"} & id_token.keys()


@pytest.mark.parametrize(
    "text",
    [
        "{", "[]", "null", '"name"', "7", '{"userinfo": []}', '{"userinfo": "name"}', '{"id_token": {"name": 7}}',
        '{"id_token": {"name": [true]}}', "[" * 4000, '{"userinfo": {"name": ' + "[" * 3000,
    ],
)  # fmt: skip
def test_a_malformed_parameter(browser: Browser, own: Client, text: str) -> None:
    """What is no JSON object of objects is the client's mistake, and is told so (5.5; 3.1.2.6)."""
    assert browser.answer(own, claims=text)["error"] == "invalid_request"


@pytest.mark.parametrize(
    "text",
    ["{}", '{"userinfo": null}', '{"id_token": {}}', '{"id_token": {"sub": null}}', '{"id_token": {"acr": {"value": 2}}}',
     '{"id_token": {"acr": {"essential": true}}}', '{"id_token": {"acr": {"essential": true, "values": []}}}',
     '{"id_token": {"sub": {"value": 7}}}', '{"id_token": {"acr": {"values": "2"}}}'],
)  # fmt: skip
def test_nothing_much_asked(browser: Browser, own: Client, text: str) -> None:
    """Empty requests and demands without usable values change nothing (5.5.1)."""
    assert "code" in browser.answer(own, claims=text)


# sub


def test_another_subject_silently(browser: Browser, bea: Person, ann: Person, own: Client) -> None:
    """An ID token about somebody who is not signed in is login_required with prompt=none, and none is issued (5.5.1)."""
    for asked in ({"value": bea.sub}, {"values": [bea.sub]}, {"value": bea.sub, "essential": True}, {"value": "x"}):
        got = browser.answer(own, claims=claims(id_token={"sub": asked}), prompt="none")
        assert got["error"] == "login_required"
    assert "code" in browser.answer(own, claims=claims(id_token={"sub": {"value": ann.sub}}), prompt="none")


def test_another_subject_signs_in(provider: Provider, browser: Browser, bea: Person, ann: Person, own: Client) -> None:
    """Otherwise the person is asked to sign in; whoever then is somebody else gets login_required (5.5.1)."""
    asked = claims(id_token={"sub": {"value": bea.sub}})
    page = browser.authorize(own, claims=asked)
    assert urlsplit(page.location).path == "/signin"
    answer = browser.follow(browser.submit(f"{page.location}&other=1", username=bea.email, password=bea.password), own)
    code = parameters(answer, own)["code"]
    assert provider.verify(provider.redeem(own, code).json["id_token"], own.client_id)["sub"] == bea.sub
    stubborn = provider.browser(ann)
    page = stubborn.authorize(own, claims=asked)
    answer = stubborn.follow(stubborn.submit(page.location, password=ann.password), own)
    assert parameters(answer, own)["error"] == "login_required"


def test_a_hint_and_a_subject_must_agree(provider: Provider, browser: Browser, bea: Person, own: Client) -> None:
    """A request that names one person by its hint and another by its claims is about nobody (5.5.1; 3.1.2.1)."""
    hint = provider.grant(own, browser)["id_token"]
    asked = claims(id_token={"sub": {"value": bea.sub}})
    assert browser.answer(own, claims=asked, id_token_hint=hint, prompt="none")["error"] == "login_required"


# acr


def acr(*values: str, essential: bool = True) -> str:
    """Return the parameter that demands a class."""
    return claims(id_token={"acr": {"essential": essential, "values": list(values)}})


def test_a_demanded_class_that_is_reached(provider: Provider, ann: Person, own: Client) -> None:
    """An essential acr that the session has is told, whichever of the values it is (5.5.1.1)."""
    _userinfo, id_token = told(provider, own, provider.browser(ann), claims=acr("urn:x", "1"))
    assert id_token["acr"] == "1"
    give_app(provider, ann)
    both = provider.browser()
    enter(both, ann)
    _userinfo, id_token = told(provider, own, both, claims=acr("2"))
    assert id_token["acr"] == "2"


def test_a_demanded_class_is_stepped_up_to(provider: Provider, ann: Person, own: Client) -> None:
    """Somebody who has shown one factor shows the second, or sets one up, before the answer (5.5.1.1)."""
    browser = provider.browser(ann)
    enrolment = browser.authorize(own, claims=acr("2"))
    assert urlsplit(enrolment.location).path == "/account/security"
    waiting = dict(parse_qsl(urlsplit(enrolment.location).query))["next"]
    app = give_app(provider, ann)
    page = browser.get(waiting)
    assert urlsplit(page.location).path == "/signin/code"
    answer = browser.follow(browser.submit(page.location, code=app.code()), own)
    id_token = provider.redeem(own, parameters(answer, own)["code"]).json["id_token"]
    assert provider.verify(id_token, own.client_id)["acr"] == "2"


def test_a_demand_cannot_be_declined(provider: Provider, ann: Person, own: Client) -> None:
    """Unlike a wish, a demand stays: whoever declines is led to the same page again (5.5.1.1)."""
    browser = provider.browser(ann)
    enrolment = browser.authorize(own, claims=acr("2"))
    waiting = dict(parse_qsl(urlsplit(enrolment.location).query))["next"]
    assert urlsplit(browser.get(f"{waiting}&second_factor=declined").location).path == "/account/security"


@pytest.mark.parametrize("filler", ["x", "ü"])
def test_the_parameter_is_measured_as_it_was_sent(browser: Browser, own: Client, filler: str) -> None:
    """A parameter of 4096 characters is taken, one of 4097 not, however this server would write it (5.5)."""
    start, end = '{"id_token":{"email":{"value":"', '"}}}'
    for length, error in ((4096, None), (4097, "invalid_request")):
        text = start + filler * (length - len(start) - len(end)) + end
        assert browser.answer(own, claims=text).get("error") == error
    many = json.dumps({"id_token": {f"x{number:03}": None for number in range(300)}}, separators=(",", ":"))
    assert "code" in browser.answer(own, claims=many)


def test_an_unreachable_class(browser: Browser, own: Client) -> None:
    """A demand that this server cannot meet, or not without a page, is told so (5.5.1.1; Unmet Authentication Requirements 1.0)."""
    unmet = "unmet_authentication_requirements"
    assert browser.answer(own, claims=acr("urn:mace:incommon:iap:silver"))["error"] == unmet
    assert browser.answer(own, claims=acr("2"), prompt="none")["error"] == unmet


def test_a_voluntary_class_is_a_wish(browser: Browser, own: Client) -> None:
    """Values without essential steer nothing but what is preferred (5.5.1.1)."""
    assert "code" in browser.answer(own, claims=acr("urn:x", essential=False))
    assert "code" in browser.answer(own, claims=acr("2", essential=False), prompt="none")
