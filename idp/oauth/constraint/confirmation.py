"""To which key a token is bound: the confirmation (RFC 7800, section 3.1) in each of its spellings."""

from dataclasses import dataclass
from typing import Any

JKT, CERTIFICATE = "jkt", "x5t#S256"  # RFC 9449, section 6.1; RFC 8705, section 3.1


@dataclass(frozen=True)
class Confirmation:
    """The thumbprint of a key or certificate, and the method by which its holder shows it."""

    method: str
    thumbprint: str

    @property
    def claim(self) -> dict[str, Any]:
        """The claim of tokens that are bound to it."""
        return {"cnf": {self.method: self.thumbprint}}

    @property
    def token_type(self) -> str:
        """How such a token is sent (RFC 9449, section 5; RFC 8705, section 3)."""
        return "DPoP" if self.method == JKT else "Bearer"

    @property
    def kept(self) -> str:
        """The one text by which grants keep it."""
        return f"{self.method}:{self.thumbprint}"


def of_claims(claims: dict[str, Any]) -> Confirmation | None:
    """Return what a token of ours is bound to; None for one that is good in anybody's hands."""
    bound = claims.get("cnf")
    return Confirmation(*next(iter(bound.items()))) if bound else None


def kept(confirmation: Confirmation | None) -> str | None:
    """Return a confirmation as grants keep it; None for none."""
    return confirmation.kept if confirmation is not None else None
