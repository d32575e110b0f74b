"""A walk through every route of the older interfaces, by their own description: a person for each, who may do it, and a good request."""

from typing import Any

from flask import Flask
from werkzeug.test import Client as HttpClient

from tests.contracts.house import ADMIN_KEY
from tests.factories import PASSWORD, Person, Provider

NEWCOMERS = ("/auth/register/", "/users/", "/auth/signup", "/user/signup/")


def walk(app: Flask) -> dict[str, int]:
    """Ask every operation, and return how each was answered."""
    provider = Provider(app)
    document = dict(app.test_client().get("/openapi.json").json)
    components = document["components"]["schemas"]
    answered = {}
    asked = [(method, path, told) for path, methods in document["paths"].items() for method, told in methods.items()]
    for number, (method, path, operation) in enumerate(asked):
        person = provider.person(f"walker{number}@example.org", username=f"walker{number}")
        http = app.test_client()
        http.environ_base["REMOTE_ADDR"] = f"2001:db8::{number + 1:x}:1"
        values = _values(http, person, number, is_new=path in NEWCOMERS)
        body = {name: values[name] for name in _members(operation, components) if name in values}
        is_form = "application/x-www-form-urlencoded" in operation.get("requestBody", {}).get("content", {})
        place = path.replace("{user_id}", "5").replace("{auth_service}", "google")
        answer = http.open(
            place,
            method=method.upper(),
            query_string={"username": person.email.partition("@")[0]} if place == "/user/info" else None,
            headers={"Authorization": f"Bearer {values['access_token']}", "X-Admin-Key": ADMIN_KEY},
            **({"data": body} if is_form else {"json": body} if body else {}),
        )
        answered[f"{method.upper()} {path}"] = answer.status_code
    return answered


def _values(http: HttpClient, person: Person, number: int, *, is_new: bool) -> dict[str, Any]:
    """Return a value for every member that the interfaces know, with tokens of the person."""
    name = person.email.partition("@")[0]
    tokens = dict(http.post("/auth/token/", json={"username": name, "password": PASSWORD}).json)
    assert http.post("/auth/login", json={"email": person.email, "password": PASSWORD}).status_code == 200
    someone = f"newcomer{number}" if is_new else name
    secret = {"code": "000000", "token": "t" * 43, "resetToken": "t" * 43}
    changed = {"new_password": "another passable phrase", "newPassword": "another passable phrase"}
    app = {
        "app_name": f"App {number}",
        "contact_email": person.email,
        "redirect_url": f"https://app{number}.example/cb",
    }
    names = {"first_name": "Ada", "last_name": "Walker", "fullName": "Ada Walker", "type": "signup"}
    known = {"email": f"{someone}@example.org", "username": someone, "old_password": PASSWORD}
    grant = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    return {
        "password": PASSWORD,
        "current_password": PASSWORD,
        "change_list": ["username"],
        "access_token": tokens["access_token"],
        **secret,
        **changed,
        **app,
        **names,
        **known,
        **grant,
    }


def _members(operation: dict[str, Any], components: dict[str, Any]) -> list[str]:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        schema = content["schema"]
        while "$ref" in schema:
            schema = components[schema["$ref"].rpartition("/")[2]]
        return list(schema.get("properties", {}))
    return []
