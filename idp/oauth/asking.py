"""Who waits behind the path that sign-in continues to; registered with the entrance pages."""

from urllib.parse import urlsplit

from idp.base.http import form_sources
from idp.clients import service as clients
from idp.clients.registered import RegisteredClient
from idp.oauth import interaction
from idp.signin.asker import Asker


def find_asker(path: str) -> Asker | None:
    """Return who waits behind a path that sign-in continues to."""
    parts = urlsplit(path)
    if parts.path != "/oauth/resume" or not parts.query.startswith("id="):
        return None
    kept = interaction.load(parts.query.removeprefix("id="))
    client = clients.find(kept.parameters.client_id) if kept else None
    if kept is None or client is None:
        return None
    metadata = client.metadata
    return Asker(
        name=client.name,
        logo_url=logo_path(client),
        policy_uri=metadata.policy_uri,
        tos_uri=metadata.tos_uri,
        login_hint=kept.parameters.get("login_hint"),
        form_sources=form_sources(kept.parameters.redirect_uri),
    )


def logo_path(client: RegisteredClient) -> str | None:
    """Return where this server shows a client's logo."""
    return f"/oauth/clients/{client.client_id}/logo" if client.metadata.logo_uri else None


def host(redirect_uri: str) -> str:
    """Return what people are shown of where an answer goes: the host, of a private scheme the scheme."""
    parts = urlsplit(redirect_uri)
    return parts.netloc or f"{parts.scheme}:"
