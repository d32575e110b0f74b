"""The part of the inventory about servers beside this one: providers by which people come, and applications that people are brought to."""

from typing import TYPE_CHECKING

from idp.base.database import session
from idp.base.outcome import Refused
from idp.details import service as details
from idp.details.definition import Definition as Detail
from idp.federation import catalogue
from idp.federation.catalogue import Extras
from idp.federation.definition import Definition
from idp.federation.models import UpstreamProvider
from idp.issuers import service as issuers
from idp.issuers.definition import Definition as Issuer
from idp.issuers.definition import Workload
from idp.pushing import targets
from idp.pushing.models import PushedPerson
from idp.resources import service as resources
from idp.resources.definition import Definition as Api
from idp.resources.definition import Scope
from idp.signals import configuration, queue, streams
from tests.factories import Browser

if TYPE_CHECKING:
    from tests.pages.inventory import Inventory


def bring_people(found: "Inventory", browser: Browser, client_id: str) -> None:
    """Open the page of a target that has failed, and the question before it is deleted."""
    own = f"/admin/clients/{client_id}/provisioning"
    found.refuse(browser, own, base_url="nowhere", people="everybody")
    with found.provider.working():
        row = targets.put(client_id, targets.Wanted("https://app.example/scim", "token"), actor="test")
        assert not isinstance(row, Refused)
        row.last_error, row.failures = "the answer was 401", 2
        session().add(PushedPerson(client_id=client_id, account_id=1, failures=1, last_error="the answer was 400"))
    found.open(browser, own, f"{own}/delete")


def tell_news(found: "Inventory", browser: Browser, client_id: str) -> None:
    """Open the page of a stream that fails, and the question before it is deleted."""
    with found.provider.working():
        wanted = configuration.read({"description": "Every event, for the desk"})
        row = streams.create(client_id, wanted, actor="test")
        streams.ask_verification(row, None)
        row.last_error, row.failures = "the receiver answered 401", 2
        event = session().scalars(queue.waiting(row)).one()
        queue.note_refusal(row.id, event.jti, "the receiver answered 400: invalid_request")
        number = row.id
    own = f"/admin/clients/{client_id}/signals"
    found.open(browser, f"{own}?", f"{own}/{number}/delete")


def name_apis(found: "Inventory", browser: Browser, client_id: str) -> None:
    """Open the pages of APIs, types of details, issuers, exchanged tokens and assertions, and the one that ends a browser's own sign-in."""
    with found.provider.working():
        api = Api("https://api.example/orders", "Orders", (Scope("orders.read", "See your orders"),))
        kind = Detail("payment", "A payment", "{amount} to {creditor}", {"type": "object"})
        cluster = Issuer(
            "https://cluster.example", workloads=(Workload(client_id, "system:serviceaccount:shop:orders"),)
        )
        rows = (
            resources.create(api, actor="test"),
            details.create(kind, actor="test"),
            issuers.create(cluster, actor="test"),
        )
        assert not any(isinstance(row, list) for row in rows), rows
        numbers = [row.id for row in rows if not isinstance(row, list)]
    for place, number in zip(("resources", "details", "issuers"), numbers, strict=True):
        own = f"/admin/{place}"
        found.open(browser, own, f"{own}/new", f"{own}/{number}", f"{own}/{number}/delete")
        found.refuse(browser, f"{own}/new")
        if place == "issuers":
            found.open(browser, f"{own}/{number}/try")
            found.refuse(browser, f"{own}/{number}/try")
    found.open(
        browser, f"/admin/clients/{client_id}/exchanges", f"/admin/clients/{client_id}/exchanges/remove?subject=x"
    )
    found.open(browser, f"/admin/clients/{client_id}/id-jags", f"/admin/clients/{client_id}/id-jags/remove?audience=x")
    found.refuse(browser, f"/admin/clients/{client_id}/id-jags", audience="x", scope='"', access="groups")
    found.provider.client(fedcm_enabled=True)
    found.open(browser, "/fedcm/sign-in")


def ask_providers(found: "Inventory", browser: Browser) -> None:
    """Open the pages of upstream providers, and the sign-in page with a button, and with an app that waits."""
    with found.provider.working():
        definition = Definition("corp", "Corp", issuer="https://id.corp.example", client_id="us", icon="shield")
        assert isinstance(catalogue.create(definition, Extras("secret"), actor="test"), UpstreamProvider)
    found.open(browser, *(f"/admin/providers{path}" for path in ("", "/new", "/new?kind=oauth2", "/corp")))
    found.open(browser, *(f"/admin/providers/corp/{verb}" for verb in ("disable", "enable", "delete")))
    found.refuse(browser, "/admin/providers/new", key="Corp", position="x")
    found.refuse(browser, "/admin/providers/corp", issuer="", version="1")
    anybody = found.provider.browser()
    found.open(anybody, "/signin?next=/account/apps", anybody.authorize(found.provider.client()).location)
