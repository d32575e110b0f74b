"""What a mapper is, and which there may be: no claim of the protocol, and none of which this server says by itself what it means."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from idp.base.outcome import Reason, Refused
from idp.base.writing import find_fault

ACCOUNT, ATTRIBUTE, GROUPS, ROLES, CONSTANT = SOURCES = ("account", "attribute", "groups", "roles", "constant")
PLACES = ("id_token", "userinfo", "access_token")
# Of an account: its claims by their standard names, as they are told with scopes (OpenID Connect Core, section 5.1).
FIELDS = (
    "preferred_username", "email", "email_verified", "name", "given_name", "family_name", "middle_name", "nickname", "picture",
    "profile", "website", "gender", "birthdate", "zoneinfo", "locale", "phone_number", "address", "updated_at",
)  # fmt: skip
# What the value says of each source; of an attribute it is the name, which `service` looks for. A role of one client is never told to
# another one.
VALUES = {ACCOUNT: FIELDS, GROUPS: ("paths", "names"), ROLES: ("all", "server", "client")}
MOST = 50  # of one client, or of one scope
LONGEST_CLAIM, LONGEST_CONSTANT = 128, 300
CLAIM = re.compile(rf"[A-Za-z][A-Za-z0-9_.:/#-]{{0,{LONGEST_CLAIM - 1}}}")

# Claims of tokens and their answers that mean something to whoever verifies them (RFC 7519, section 4.1; RFC 9068, section 2.2; RFC 7662,
# section 2.2; OpenID Connect Core, sections 2, 3.3.2.11, 5.6.2 and 7; RFC 7800; RFC 8693, section 4; logout tokens), and our own.
OF_PROTOCOL = frozenset({
    "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "azp", "nonce", "auth_time", "acr", "amr", "at_hash", "c_hash", "s_hash", "sid",
    "events", "client_id", "scope", "scp", "cnf", "act", "may_act", "sub_jwk", "sub_id", "active", "token_type", "username", "toe", "txn",
    "orig", "vot", "vtm", "trust_framework", "authorization_details", "error", "gid", "through", "registrations", "typ", "alg", "kid",
})  # fmt: skip
# What a scope tells anyway, and nobody may tell otherwise: an application may join accounts by an address.
OF_SCOPES = frozenset({*FIELDS, "phone_number_verified"})


@dataclass(frozen=True)
class Mapper:
    """One row: the claim, where its value comes from (`source`, and `value` says which), and where it is told."""

    claim: str
    source: str
    value: str
    id_token: bool = True
    userinfo: bool = True
    access_token: bool = False

    @property
    def needs_standing(self) -> bool:
        """Whether groups or roles have to be known for it."""
        return self.source in (GROUPS, ROLES)

    def is_told(self, place: str) -> bool:
        """Return whether the claim stands at a place."""
        return bool(getattr(self, place))


# What goes with these scopes until somebody says otherwise. Of an access token: RFC 9068, section 2.2.3.1.
BUILT_IN: Mapping[str, tuple[Mapper, ...]] = {
    "groups": (Mapper("groups", GROUPS, "paths", access_token=True),),
    "roles": (Mapper("roles", ROLES, "all", access_token=True),),
}


def read(rows: Iterable[Mapping[str, Any]]) -> tuple[Mapper, ...]:
    """Return mappers as they are kept; what a later version may keep beside them is left out."""
    names = {field.name for field in fields(Mapper)}
    return tuple(Mapper(**{name: value for name, value in row.items() if name in names}) for row in rows)


def write(mappers: Sequence[Mapper]) -> list[dict[str, Any]]:
    """Return mappers as they are kept."""
    return [asdict(mapper) for mapper in mappers]


def including(mappers: Iterable[Mapper], new: Mapper) -> list[Mapper]:
    """Return mappers with one more, in the place of the one of the same claim, if there is one."""
    kept = list(mappers)
    place = next((number for number, mapper in enumerate(kept) if mapper.claim == new.claim), len(kept))
    return [*kept[:place], new, *kept[place + 1 :]]


def excluding(mappers: Iterable[Mapper], claim: str) -> list[Mapper]:
    """Return mappers without that of a claim."""
    return [mapper for mapper in mappers if mapper.claim != claim]


def check(mapper: Mapper) -> Refused | None:
    """Return what is wrong with a mapper, or None. `Refused.field` names the member. Refusals: CLIENT_INVALID."""
    claim = mapper.claim
    if not CLAIM.fullmatch(claim):
        return refuse(
            "claim", "Begin with a letter, then letters, digits and _ . : / # - only, at most 128 characters."
        )
    if claim in OF_PROTOCOL or claim.startswith("_claim"):
        return refuse("claim", f"The claim {claim} belongs to the protocol. Use another name.")
    if claim in OF_SCOPES:
        return refuse("claim", f"The claim {claim} is told with a scope of this server. Use another name.")
    if mapper.source not in SOURCES:
        return refuse("source", f"Use one of: {', '.join(SOURCES)}.")
    allowed = VALUES.get(mapper.source)
    if allowed is not None and mapper.value not in allowed:
        return refuse("value", f"Use one of: {', '.join(allowed)}.")
    if mapper.source == CONSTANT and (not mapper.value or len(mapper.value) > LONGEST_CONSTANT):
        return refuse("value", f"A text of 1 to {LONGEST_CONSTANT} characters is needed.")
    if find_fault(mapper.value) is not None:
        return refuse("value", "It has characters that cannot be shown.")
    if not any(mapper.is_told(place) for place in PLACES):
        return refuse("id_token", "Choose at least one place in which it is told.")
    return None


def check_all(mappers: Sequence[Mapper]) -> Refused | None:
    """Return the first thing that is wrong with the mappers of one client or scope."""
    for mapper in mappers:
        refused = check(mapper)
        if refused is not None:
            return refused
    claims = [mapper.claim for mapper in mappers]
    if len(set(claims)) < len(claims):
        return refuse("claim", "This claim is there already. Remove it first.")
    return refuse("claim", f"At most {MOST} claims are allowed.") if len(mappers) > MOST else None


def refuse(member: str, detail: str) -> Refused:
    """Return the refusal of a member."""
    return Refused(Reason.CLIENT_INVALID, member, detail=detail)
