"""Who waits behind the path that sign-in continues to, and what they hear of a person who does not go on; for the entrance pages."""

from urllib.parse import parse_qs, urlsplit

from idp.clients import service as clients
from idp.oauth import addresses, waiting
from idp.oauth.authorize import answering
from idp.oauth.authorize.pages import RESUME_PATH, Answer, Request, load
from idp.signin import accent_views
from idp.signin.asker import Asker


def find_asker(path: str) -> Asker | None:
    """Return who waits behind a path that sign-in continues to."""
    secret = _secret_of(path)
    kept = waiting.find(secret) if secret is not None else None
    client = clients.find(kept.client_id) if kept is not None else None
    if kept is None or client is None:
        return None
    metadata, asked = client.metadata, kept.waiting.parameters if kept.waiting is not None else None
    return Asker(
        name=client.name,
        logo_url=addresses.logo_path(client),
        accent_url=accent_views.url_of(metadata.accent_color),
        policy_uri=metadata.policy_uri,
        tos_uri=metadata.tos_uri,
        login_hint=asked.get("login_hint") if asked is not None else None,
        is_over=asked is None,
        is_device=asked is not None and asked.device is not None,
    )


def refuse(path: str) -> Answer | None:
    """Send the client behind a path `access_denied` (RFC 6749, section 4.1.2.1), as at the consent page; None for a path to anything else.

    A request that has been answered or has expired gets the page that says so.
    """
    secret = _secret_of(path)
    if secret is None:
        return None
    asked = load(secret)
    if not isinstance(asked, Request):
        return asked
    return answering.refuse(asked, "access_denied", "The person did not want to sign in.")


def _secret_of(path: str) -> str | None:
    """Return the secret of the request that a path takes up; None for a path to anything else."""
    parts = urlsplit(path)
    return parse_qs(parts.query).get("id", [""])[0] if parts.path == RESUME_PATH else None
