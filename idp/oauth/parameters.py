"""Authorization request parameters (RFC 6749, section 4.1.1; OpenID Connect Core, section 3.1.2.1), read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

KNOWN = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "prompt", "max_age", "login_hint",
    "ui_locales", "claims_locales", "acr_values", "id_token_hint", "code_challenge", "code_challenge_method",
    "response_mode", "display", "request", "request_uri", "claims", "registration",
)  # fmt: skip
LONGEST = 4096


@dataclass(frozen=True)
class AuthorizationParameters:
    """The parameters that this server knows; others are ignored (RFC 6749, section 3.1)."""

    values: Mapping[str, str]

    def get(self, name: str) -> str | None:
        """Return a parameter; one without a value counts as left out (RFC 6749, section 3.1)."""
        return self.values.get(name) or None

    @property
    def client_id(self) -> str:
        """The client identifier."""
        return self.values["client_id"]

    @property
    def redirect_uri(self) -> str:
        """The redirect URI, already compared with the client's."""
        return self.values["redirect_uri"]

    @cached_property
    def scopes(self) -> tuple[str, ...]:
        """The asked scopes, each once, in order."""
        return tuple(dict.fromkeys((self.get("scope") or "").split()))

    @cached_property
    def prompts(self) -> frozenset[str]:
        """The values of `prompt`."""
        return frozenset((self.get("prompt") or "").split())

    @cached_property
    def acr_values(self) -> tuple[str, ...]:
        """The wished authentication context classes, the dearest first."""
        return tuple((self.get("acr_values") or "").split())

    @property
    def max_age(self) -> int | None:
        """The longest time since the last sign-in, in seconds."""
        value = self.get("max_age")
        return int(value) if value is not None else None


def read(pairs: Mapping[str, list[str]]) -> tuple[AuthorizationParameters, list[str]]:
    """Return the known parameters and the names of those that came more than once."""
    repeated = [name for name in KNOWN if len(pairs.get(name, ())) > 1]
    values = {name: pairs[name][0] for name in KNOWN if pairs.get(name)}
    return AuthorizationParameters(values), repeated
