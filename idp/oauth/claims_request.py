"""The `claims` parameter (OpenID Connect Core, section 5.5): single claims, asked for by name.

A client may ask for any claim of a scope that it is registered for. What cannot be told is left out of the answer, also where it
was called essential (section 5.5.1); `acr` and `sub` alone steer the sign-in.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CLAIMS_BY_SCOPE = {
    "openid": ("sub",),
    "profile": (
        "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website",
        "gender", "birthdate", "zoneinfo", "locale", "updated_at",
    ),
    "email": ("email", "email_verified"),
    "address": ("address",),
    "phone": ("phone_number", "phone_number_verified"),
    "groups": ("groups",),
    "roles": ("roles",),
}  # fmt: skip
SCOPE_OF = {claim: scope for scope, claims in CLAIMS_BY_SCOPE.items() for claim in claims}
STANDING = frozenset({"groups", "roles"})  # scopes, and claims of the same names, that say where a person stands
PLACES = ("userinfo", "id_token")
PREFIX = "claim:"  # how a single claim stands among the scopes that somebody has allowed


@dataclass(frozen=True)
class ClaimsRequest:
    """What was asked for, by place; each claim with its demands, none for a voluntary one."""

    asked: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def names(self, place: str) -> list[str]:
        """Return the claims about the person that are asked for at a place."""
        return [name for name in self.asked.get(place, {}) if name in SCOPE_OF and name != "sub"]

    @property
    def sub(self) -> str | None:
        """The one subject that the ID token must be about."""
        values = self._values("sub")
        return values[0] if values else None

    @property
    def acr_values(self) -> tuple[str, ...]:
        """The authentication context classes that are asked for."""
        return tuple(self._values("acr"))

    @property
    def demands_acr(self) -> bool:
        """Whether one of them must be reached (section 5.5.1.1)."""
        return bool(self.acr_values) and self._demands("acr").get("essential") is True

    def _demands(self, claim: str) -> Mapping[str, Any]:
        return self.asked.get("id_token", {}).get(claim) or {}

    def _values(self, claim: str) -> list[str]:
        demands = self._demands(claim)
        values = demands.get("values", [demands.get("value")])
        return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []


def parse(text: str | None) -> ClaimsRequest | None:
    """Return what the parameter asks for; None when it is no JSON object of this form. Members of no known place are ignored."""
    if text is None:
        return ClaimsRequest()
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    asked = {place: {} if document.get(place) is None else document[place] for place in PLACES}
    for members in asked.values():
        if not isinstance(members, dict) or not all(v is None or isinstance(v, dict) for v in members.values()):
            return None
    return ClaimsRequest(asked)


def narrow(text: str | None, scopes: frozenset[str]) -> str | None:
    """Return the parameter without the claims that a client with these registered scopes may not have."""
    request = parse(text)
    if text is None or request is None:
        return text
    allowed = {
        place: {name: demands for name, demands in members.items() if SCOPE_OF.get(name, "openid") in scopes}
        for place, members in request.asked.items()
    }
    return json.dumps(allowed, separators=(",", ":"))
