"""Pages about a client whose identifier is an address: those of administrators, and the list of apps of the people who let it in."""

from idp.clients import documents
from idp.clients import service as clients
from tests.factories import Browser, Provider
from tests.forms import hidden_fields
from tests.pages.reading import Page
from tests.spec.cimd.conftest import Agent


def send(browser: Browser, page: str, **fields: str) -> int:
    """Send the form of a page, and return the status of the answer."""
    data = hidden_fields(browser.get(page).text) | fields
    return browser.http.post(page, data=data, headers={"Accept": "text/html"}).status_code


def test_administrators_see_it_and_block_it(provider: Provider, browser: Browser, agent: Agent) -> None:
    """It stands among the clients with its address, its page says whose word it is, and disabling it there refuses it from then on."""
    tokens = provider.grant(agent.client, browser, "openid offline_access")
    admin = provider.browser(provider.person("root@example.org", is_admin=True))
    listed = Page("clients", admin.get("/admin/clients").text)
    (link,) = [link for link in listed.all("a") if link.text == "Travel Agent"]
    assert link["href"] == f"/admin/clients/{documents.to_segment(agent.client_id)}"
    shown = admin.get(link["href"])
    assert shown.status_code == 200
    assert agent.client_id in shown.text
    assert f"{agent.host.name}:{agent.host.port} vouches for it" in shown.text
    for page in ("access", "claims", "preview", "branding", "owners", "disable", "delete"):
        assert admin.get(f"{link['href']}/{page}").status_code == 200, page
    assert send(admin, f"{link['href']}/disable") == 303
    assert provider.refresh(agent.client, tokens["refresh_token"]).json["error"] == "invalid_client"
    assert link["href"] in admin.get("/admin/audit").text


def test_a_deleted_one_comes_back_as_a_stranger(provider: Provider, browser: Browser, agent: Agent) -> None:
    """Deleting it ends what it was granted; asked again, it is registered anew, and nothing of before counts."""
    tokens = provider.grant(agent.client, browser, "openid offline_access")
    admin = provider.browser(provider.person("root@example.org", is_admin=True))
    page = f"/admin/clients/{documents.to_segment(agent.client_id)}/delete"
    assert send(admin, page, confirm="y", client_id=agent.client_id) == 303
    assert browser.authorize(agent.client).location.startswith("/consent?")
    assert provider.refresh(agent.client, tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert agent.asked == 2


def test_its_people_see_its_host_and_withdraw(provider: Provider, browser: Browser, agent: Agent) -> None:
    """The list of apps has its name and its host, and withdrawing ends its tokens at once."""
    tokens = provider.grant(agent.client, browser, "openid offline_access")
    page = browser.get("/account/apps").text
    assert "Travel Agent" in page
    assert f"{agent.host.name}:{agent.host.port}" in page
    path = f"/account/apps/{documents.to_segment(agent.client_id)}/withdraw"
    assert f'action="{path}"' in page
    data = hidden_fields(page)
    assert browser.http.post(path, data=data, headers={"Accept": "text/html"}).status_code == 303
    assert provider.refresh(agent.client, tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert provider.userinfo(tokens["access_token"]).status_code == 401


def test_files_of_configuration_leave_it_out(provider: Provider, browser: Browser, agent: Agent) -> None:
    """It is not exported, and so not pruned: its document says what it is, and no file."""
    from idp.applying.sections import clients as section

    provider.client(client_id="shop")
    browser.authorize(agent.client)
    with provider.working():
        assert [state.told["client_id"] for state in section.every()] == ["shop"]
        assert clients.get(agent.client_id) is not None
