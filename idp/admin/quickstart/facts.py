"""What the snippets of one client are made of."""

import json
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

SECRET_NAME = "CLIENT_SECRET"
DISCOVERY = "/.well-known/openid-configuration"


@dataclass(frozen=True)
class Facts:
    """The values of one client; its secret is not among them."""

    issuer: str
    client_id: str
    redirect_uri: str
    scope: str
    has_secret: bool = True
    claims_in_id_token: bool = False

    @property
    def origin(self) -> str:
        """Scheme, host and port of the app."""
        parts = urlsplit(self.redirect_uri)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def callback(self) -> str:
        """The path of the app's callback, decoded."""
        return unquote(urlsplit(self.redirect_uri).path) or "/"

    @property
    def start(self) -> str:
        """A path for the page that begins the sign-in."""
        return "/" if self.callback != "/" else "/start"


def quoted(text: str) -> str:
    """Return a literal that Python, JavaScript, Go, YAML and TOML read alike."""
    return json.dumps(text)
