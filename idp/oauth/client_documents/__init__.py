"""Clients whose identifier is the address of their metadata (draft-ietf-oauth-client-id-metadata-document-02), if operators let them in.

`reading` makes metadata of a document, `following` fetches it and keeps the client as it says, `forgetting` lets go of clients that nobody
uses. Such a client is a row like any other from its first request on, so that everything that is known of clients counts for it.
"""

from typing import Any

from flask import Flask

from idp.clients import documents
from idp.oauth.client_documents.following import Fault, follow, is_offered
from idp.oauth.client_documents.forgetting import purge

__all__ = ["Fault", "follow", "init_app", "purge"]


def init_app(app: Flask) -> None:
    """Name it in the provider's metadata (section 5), and let addresses stand in the paths of pages about clients."""
    from idp.oauth import discovery

    discovery.add(app, _members)
    app.add_template_filter(documents.to_segment, "in_path")
    app.url_value_preprocessor(_read_segment)
    app.url_defaults(_write_segment)


def _read_segment(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values and "client_id" in values:
        values["client_id"] = documents.from_segment(values["client_id"])


def _write_segment(_endpoint: str, values: dict[str, Any]) -> None:
    if isinstance(values.get("client_id"), str):
        values["client_id"] = documents.to_segment(values["client_id"])


def _members() -> dict[str, Any]:
    return {"client_id_metadata_document_supported": True} if is_offered() else {}
