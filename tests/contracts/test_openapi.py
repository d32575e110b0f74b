"""The published description: valid, complete, true of a running server, readable, and for everybody."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask

from idp.contracts.kit import described, operations
from idp.contracts.openapi import document
from tests.contracts import trial
from tests.contracts.conftest import OpenHouse
from tests.contracts.description import Description, list_operations
from tests.contracts.house import Caller, House

CPU_SECONDS = 60


@pytest.fixture
def published(app: Flask) -> dict[str, Any]:
    """The document as programs read it."""
    return dict(app.test_client().get("/openapi.json").json)


def references(part: Any) -> Iterator[str]:
    """Yield every reference of a document."""
    if isinstance(part, dict):
        yield from [part["$ref"]] if "$ref" in part else []
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def test_the_document_is_valid(published: dict[str, Any]) -> None:
    """It is OpenAPI 3.1 by the specification's own schema; every reference leads somewhere, and every name is there once."""
    assert published["openapi"].startswith("3.1.")
    schemathesis.openapi.from_dict(published).validate()
    components = published["components"]["schemas"]
    assert {found.rpartition("/")[2] for found in references(published)} == set(components)
    identifiers = [operation["operationId"] for operation in list_operations(published)]
    assert len(identifiers) == len(set(identifiers)) > 50


def test_a_broken_document_is_noticed(published: dict[str, Any]) -> None:
    """The validation is none in name only."""
    for operation in list_operations(published):
        operation["responses"] = {"200": {}}
    with pytest.raises(Exception, match="description"):
        schemathesis.openapi.from_dict(published).validate()


def test_every_route_is_in_it_and_the_other_way_round(app: Flask, published: dict[str, Any]) -> None:
    """What the interfaces answer is described, method by method, and what is described is answered."""
    routes = set()
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^:>]*:)?([^>]*)>", r"{\1}", rule.rule)
        if rule.endpoint.startswith("contract_"):
            assert rule.endpoint in operations
            routes |= {(method, path) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
        elif rule.endpoint in described:
            routes.add((described[rule.endpoint].method, path))
    told = {(method.upper(), path) for path, methods in published["paths"].items() for method in methods}
    assert told == routes


def test_each_interface_has_its_tag(app: Flask, published: dict[str, Any]) -> None:
    """There is a tag for each interface, in the documents' order, with its title and what it is for; each operation has one."""
    tags = {tag["name"]: tag for tag in published["tags"]}
    assert list(tags) == ["bearer", "provider", "cookies", "directory"]
    for name, tag in tags.items():
        (title,) = {known.contract.title for known in operations.values() if known.contract.name == name}
        assert tag["description"].startswith(f"{title}. ")
        assert len(tag["description"]) > len(title) + 20
    assert all(len(operation["tags"]) == 1 and operation["tags"][0] in tags for operation in list_operations(published))
    assert published["servers"] == [{"url": app.extensions["idp.settings"].issuer}]


def test_failures_that_any_route_can_have(published: dict[str, Any]) -> None:
    """Each operation tells 400, 429 with Retry-After, 500 and 503; with a body 413 and 415 too; each with a model of its interface."""
    for path, methods in published["paths"].items():
        for method, operation in methods.items():
            statuses = {"400", "429", "500", "503"} | ({"413"} if method != "get" else set())
            statuses |= {"403", "415"} if method != "get" and path != "/oauth/token" else set()
            assert statuses <= operation["responses"].keys(), f"{method} {path}"
            for status in statuses - ({"413", "500", "503"} if path == "/oauth/token" else set()):
                schema = operation["responses"][status]["content"]["application/json"]["schema"]
                assert schema["$ref"].rpartition("/")[2].startswith(f"{operation['tags'][0]}."), f"{method} {path}"
            assert operation["responses"]["429"]["headers"]["Retry-After"]["required"] is True


def test_what_proves_who_calls(published: dict[str, Any]) -> None:
    """Every kind of credential is described: the token, the client's secret, the key, cookies, and the ticket of a sign-in."""
    schemes = published["components"]["securitySchemes"]
    kinds = {name: (scheme["type"], scheme.get("in"), scheme.get("name")) for name, scheme in schemes.items()}
    assert kinds == {
        "bearer": ("http", None, None),
        "basic": ("http", None, None),
        "admin_key": ("apiKey", "header", "X-Admin-Key"),
        "mfa_token": ("apiKey", "header", "Authorization"),
        "refreshToken": ("apiKey", "cookie", "refreshToken"),
        "resetToken": ("apiKey", "cookie", "resetToken"),
        "refresh_token": ("apiKey", "cookie", "refresh_token"),
    }
    verify = published["paths"]["/user/2fa/verify"]["post"]
    assert verify["security"] == [{"bearer": []}, {"mfa_token": []}]
    wanted = {name for operation in list_operations(published) for one in operation.get("security", []) for name in one}
    assert wanted == set(schemes)


def test_members_of_the_documents(published: dict[str, Any]) -> None:
    """Bodies and answers have the members of the documents' examples, and the texts of bodies their bound."""
    schemas = published["components"]["schemas"]
    assert schemas["provider.NewClient"]["required"] == ["app_name", "contact_email", "redirect_url"]
    assert schemas["provider.NewClient"]["properties"]["app_name"] == {"type": "string", "maxLength": 4096}
    assert set(schemas["provider.UserData"]["properties"]) == {
        "first_name", "last_name", "username", "two_factor", "verified", "email",
    }  # fmt: skip
    assert {"access", "refresh", "access_token", "refresh_token"} <= schemas["bearer.PairAnswer"]["properties"].keys()
    assert "fullName" in schemas["cookies.SignUp"]["properties"]
    picture = published["paths"]["/user/2fa/enable"]["post"]["responses"]["200"]["content"]
    assert picture == {"image/png": {}}
    form = published["paths"]["/oauth/token"]["post"]["requestBody"]["content"]
    assert list(form) == ["application/x-www-form-urlencoded"]


def test_undescribed_answers_are_noticed(published: dict[str, Any]) -> None:
    """The judge of all these tests finds a status, a media type and a member too many, and a member of another type."""
    judge = Description(published).judge
    path, good = "/internal/reload-clients", {"success": True, "clients_loaded": 1}
    assert judge("POST", path, 200, "application/json", json.dumps(good).encode()) is None
    for status, media_type, body in (
        (201, "application/json", good),
        (200, "text/html", good),
        (200, "application/json", good | {"more": 1}),
        (200, "application/json", {"success": True}),
        (200, "application/json", good | {"clients_loaded": "1"}),
        (403, "application/json", {"error": "no"}),
    ):
        assert judge("POST", path, status, media_type, json.dumps(body).encode()) is not None
    assert judge("GET", "/account", 299, "text/html", b"") is None


def test_it_is_for_everybody(house: House, http: Caller) -> None:
    """Programs of every origin read it, without credentials, and may keep it for a while."""
    answer = http.get("/openapi.json", headers={"Origin": "https://anybody.example"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.json()["servers"] == [{"url": house.url}]
    assert answer.json() == document.build(house.provider.app, house.provider.app.extensions["idp.settings"])


def test_the_page(house: House, http: Caller, published: dict[str, Any]) -> None:
    """The page tells every operation, under its anchor, with every member; it loads nothing from elsewhere, and has no script."""
    page = http.get("/docs", headers={"Accept": "text/html"})
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    loaded = re.findall(r'<(?:link|script|img)[^>]*(?:href|src)="([^"]+)"', page.text)
    assert loaded
    assert all(address.startswith("/static/") for address in loaded)
    assert "http" not in re.sub(re.escape(house.url), "", " ".join(re.findall(r'href="([^"]+)"', page.text)))
    for operation in list_operations(published):
        assert f'id="{operation["operationId"]}"' in page.text
        assert f'href="#{operation["operationId"]}"' in page.text
    for schema in published["components"]["schemas"].values():
        for member in schema["properties"]:
            assert member in page.text
    assert "user_data.two_factor" in page.text
    assert "cookie refreshToken" in page.text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backend", "options"),
    [
        ("sqlite", ("--phases", "coverage,fuzzing", "--max-examples", "3")),
        ("postgresql", ("--phases", "coverage", "--mode", "positive")),
    ],
)
def test_a_server_does_what_it_describes(
    open_own: OpenHouse, backend: str, options: tuple[str, ...], tmp_path: Path
) -> None:
    """Of a thousand generated requests, good and bad, none is answered by a surprise or otherwise than described."""
    with trial.open_tried(open_own, backend) as house:
        assert trial.run(house, tmp_path, "--seed", "20261121", *options) < CPU_SECONDS
