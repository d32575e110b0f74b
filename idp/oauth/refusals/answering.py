"""What is answered: errors that know their cause, and texts that may stand in an answer or a log."""

import re

from authlib.oauth2.rfc6749 import OAuth2Error

from idp.clients.registered import RegisteredClient
from idp.oauth.refusals.causes import ABOUT_TARGETS, IN_CONFIDENCE, SENTENCES, Cause

# RFC 6749, section 5.2: what an error_description may not hold.
UNFIT = re.compile(r"[^\x20\x21\x23-\x5B\x5D-\x7E]")
LONGEST = 200  # characters of what was sent, in a message or in the audit log


class Refusal(OAuth2Error):
    """An error of a protocol endpoint that knows its cause (RFC 6749, section 5.2)."""

    def __init__(
        self, error: str, cause: Cause, *, status: int = 400, more: str = "", challenge: str | None = None
    ) -> None:
        """Refuse with an error of the protocol; `more` follows the sentence, `challenge` is a WWW-Authenticate header."""
        super().__init__(fit(f"{SENTENCES[cause]} {more}".rstrip()), status_code=status, error=error)
        self.cause = cause
        self._challenge = challenge

    def get_headers(self) -> list[tuple[str, str]]:
        """Add the challenge, if any."""
        challenge = [("WWW-Authenticate", self._challenge)] if self._challenge else []
        return [*super().get_headers(), *challenge]


def of_grant(cause: Cause, client: RegisteredClient) -> Refusal:
    """Return `invalid_grant` in the words that this client may hear, `invalid_target` of an audience; the cause stays what it is."""
    refusal = Refusal("invalid_target" if cause in ABOUT_TARGETS else "invalid_grant", cause)
    refusal.description = tell(cause, is_proved=not client.metadata.is_public)
    return refusal


def tell(cause: Cause, *, is_proved: bool) -> str:
    """Return the sentence for a caller that has proved to be a client, or has not."""
    return SENTENCES[cause if is_proved else IN_CONFIDENCE.get(cause, cause)]


def fit(text: str) -> str:
    """Return a text as an `error_description` may be (RFC 6749, section 5.2)."""
    return UNFIT.sub("?", text.replace('"', "'"))


def shorten(text: str | None) -> str | None:
    """Return what somebody sent as it may stand in a log: printable ASCII, and not long."""
    if not text:
        return None
    plain = text.encode("ascii", "backslashreplace").decode()
    plain = "".join(character if character.isprintable() else "?" for character in plain)
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]}..."
