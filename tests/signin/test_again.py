"""The page on which somebody who is signed in shows once more who they are."""

from tests.factories import Person, Provider

AGAIN = "/signin?again=1&next=/account/apps"


def test_the_form_has_both_fields_of_a_sign_in(provider: Provider, ann: Person) -> None:
    """Name and password stand there under the ids of the sign-in page, the name filled in, so that programs and managers know the form."""
    page = provider.browser(ann).get(AGAIN).text
    assert f'value="{ann.email}"' in page
    assert all(f'id="{name}"' in page for name in ("username", "password", "signin-submit"))


def test_the_own_name_or_none_confirms(provider: Provider, ann: Person) -> None:
    """With the own name, by address or username, and with none at all, the password confirms who is signed in, and the session goes on."""
    browser = provider.browser(ann)
    with provider.account(ann) as row:
        row.username = "ann"
    for name in (ann.email, "Ann", ""):
        assert browser.submit(AGAIN, username=name, password=ann.password).location == "/account/apps"
        assert browser.get("/account/email").status_code == 200


def test_another_name_signs_in_another_person(provider: Provider, ann: Person) -> None:
    """Another person's name and password sign that person in, as the ordinary page does; a wrong pair changes nothing."""
    bob = provider.person("bob@example.org")
    browser = provider.browser(ann)
    assert "not right" in browser.submit(AGAIN, username=bob.email, password="something else entirely").text
    assert ann.email in browser.get("/account/email").text
    assert browser.submit(AGAIN, username=bob.email, password=bob.password).location == "/account/apps"
    assert bob.email in browser.get("/account/email").text
