"""A directory, as this server sees it: a client with the scope `scim`, its token, and requests to /scim/v2."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from werkzeug.test import TestResponse

from tests.factories import Client, Provider

BASE = "/scim/v2"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

Document = dict[str, Any]


@dataclass
class Directory:
    """One provisioning client."""

    provider: Provider
    scope: str = "scim"
    name: str = "directory"
    client: Client = field(init=False)
    token: str = field(init=False)

    def __post_init__(self) -> None:
        members = {"client_name": self.name, "redirect_uris": [], "grant_types": ["client_credentials"]}
        self.client = self.provider.client(client_id=self.name, scope=self.scope, **members)
        answer = self.provider.token(self.client, grant_type="client_credentials")
        assert answer.status_code == 200, answer.text
        self.token = answer.json["access_token"]

    @property
    def actor(self) -> str:
        """What the audit log calls it."""
        return f"client {self.name}"

    def send(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **query: Any
    ) -> TestResponse:
        """Send a request with the token; a body is sent as SCIM has it, unless it is bytes."""
        url = f"{BASE}{path}{'?' + urlencode(query) if query else ''}"
        more = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        http = self.provider.app.test_client()
        if isinstance(body, bytes):
            return http.open(url, method=method, data=body, headers={"Content-Type": "application/scim+json", **more})
        options = {"json": body, "content_type": "application/scim+json"} if body is not None else {}
        return http.open(url, method=method, headers=more, **options)

    def get(self, path: str, status: int = 200, **query: Any) -> Document:
        """Read something, and expect a status."""
        return told(self.send("GET", path, **query), status)

    def find(self, kind: str, text: str, **query: Any) -> list[Document]:
        """Return the resources that a filter finds."""
        found: list[Document] = self.get(f"/{kind}", filter=text, **query).get("Resources", [])
        return found

    def make(self, user_name: str = "bjensen@example.com", status: int = 201, **attributes: Any) -> Document:
        """Make a person, with the address that the name is unless another is told."""
        own = {"emails": [{"value": f"{user_name}@example.com"}]} if "@" not in user_name else {}
        body = {"schemas": [USER], "userName": user_name, **own, **attributes}
        return told(self.send("POST", "/Users", body), status)

    def group(self, name: str, *members: str, status: int = 201, **attributes: Any) -> Document:
        """Make a group."""
        listed = {"members": [{"value": one} for one in members]} if members else {}
        return told(
            self.send("POST", "/Groups", {"schemas": [GROUP], "displayName": name, **listed, **attributes}), status
        )

    def patch(self, resource: Document, *operations: Document, status: int = 200, **options: Any) -> Document:
        """Send operations on a resource."""
        kind = f"{resource['meta']['resourceType']}s"
        body = {"schemas": [PATCH], "Operations": list(operations)}
        return told(self.send("PATCH", f"/{kind}/{resource['id']}", body, **options), status)

    def again(self, resource: Document) -> Document:
        """Read a resource anew."""
        return self.get(f"/{resource['meta']['resourceType']}s/{resource['id']}")

    def members(self, group: Document) -> list[str]:
        """Return who belongs to a group now."""
        return [member["value"] for member in self.again(group).get("members", [])]


def op(name: str, path: str | None = None, value: Any = None) -> Document:
    """Return an operation of a PATCH."""
    members = {"path": path, "value": value}
    return {"op": name, **{member: one for member, one in members.items() if one is not None}}


def told(answer: TestResponse, status: int) -> Document:
    """Return the document of an answer, whose status, media type and shape are what they have to be."""
    assert answer.status_code == status, answer.text
    if status == 204:
        return {}
    assert answer.mimetype == "application/scim+json"
    document: Document = answer.json
    if status >= 400:
        assert document["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
        assert document["status"] == str(status)
        assert document["detail"]
    return document


def refused(answer: TestResponse, status: int, scim_type: str | None = None) -> str:
    """Return the sentence of a refusal, whose keyword is what it has to be."""
    document = told(answer, status)
    assert document.get("scimType") == scim_type, document
    return str(document["detail"])
