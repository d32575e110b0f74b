"""Who waits behind the path that sign-in continues to; registered with the entrance pages."""

from urllib.parse import parse_qs, urlsplit

from idp.clients import service as clients
from idp.oauth import addresses, waiting
from idp.oauth.authorize.pages import RESUME_PATH
from idp.signin import accent_views
from idp.signin.asker import Asker


def find_asker(path: str) -> Asker | None:
    """Return who waits behind a path that sign-in continues to."""
    parts = urlsplit(path)
    if parts.path != RESUME_PATH:
        return None
    kept = waiting.find(parse_qs(parts.query).get("id", [""])[0])
    client = clients.find(kept.client_id) if kept is not None else None
    if kept is None or client is None:
        return None
    metadata = client.metadata
    return Asker(
        name=client.name,
        logo_url=addresses.logo_path(client),
        accent_url=accent_views.url_of(metadata.accent_color),
        policy_uri=metadata.policy_uri,
        tos_uri=metadata.tos_uri,
        login_hint=kept.waiting.parameters.get("login_hint") if kept.waiting is not None else None,
        is_over=kept.waiting is None,
    )
