"""/account/apps: opening an application from here (OpenID Connect Core, section 4)."""

from urllib.parse import parse_qsl, urlsplit

from tests.factories import Person, Provider
from tests.pages.reading import Page

START = "https://rp.example/start"


def test_an_app_is_opened_from_the_list(provider: Provider, ann: Person) -> None:
    """An application with an address that starts a sign-in is opened there, told the issuer and nothing of the person (Core, 4)."""
    browser = provider.browser(ann)
    for name, uri in (("One", START), ("Two", f"{START}?tenant=a&b=%20"), ("Three", None)):
        browser.consent(provider.client(client_name=name, initiate_login_uri=uri))
    page = Page("apps", browser.get("/account/apps").text)
    links = {link.text: link for link in page.all("a") if link.text.startswith("Open ")}
    assert set(links) == {"Open One", "Open Two"}
    assert {link["rel"] for link in links.values()} == {"noopener noreferrer"}
    first, second = (urlsplit(links[name]["href"]) for name in ("Open One", "Open Two"))
    assert (first.netloc, first.path, parse_qsl(first.query)) == ("rp.example", "/start", [("iss", provider.issuer)])
    assert second.query.startswith("tenant=a&b=%20&iss=")


def test_a_disabled_app_is_not_opened(provider: Provider, ann: Person) -> None:
    """An application that an administrator has disabled stays in the list, and has no link (Core, 4)."""
    client = provider.client(initiate_login_uri=START)
    browser = provider.browser(ann)
    browser.consent(client)
    provider.disable(client)
    page = browser.get("/account/apps").text
    assert "Paper Shop" in page
    assert START not in page


def test_the_home_page_of_an_app(provider: Provider, ann: Person) -> None:
    """People reach the page of an app from the consent page and from their list, where its host is to be read."""
    browser = provider.browser(ann)
    client = provider.client(client_uri="https://bank.example@rp.example/about")
    asking = browser.get(browser.authorize(client).location).text
    browser.consent(client)
    listed = browser.get("/account/apps").text
    for page, words in ((asking, "Paper Shop: home page"), (listed, "rp.example")):
        (link,) = [link for link in Page("page", page).all("a") if link.text == words]
        assert (link["href"], link["rel"]) == (client.metadata.client_uri, "noopener noreferrer")


def test_an_app_without_a_home_page(provider: Provider, ann: Person) -> None:
    """Nothing stands in its place for an app that has told none, or is disabled."""
    browser = provider.browser(ann)
    clients = [provider.client(), provider.client(client_uri="https://rp.example/about")]
    for client in clients:
        browser.consent(client)
    provider.disable(clients[1])
    assert "Home page" not in browser.get("/account/apps").text
