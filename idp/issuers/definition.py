"""What a trusted issuer is, and which there may be: pure, so that pages, commands and files judge alike."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _

from idp.base import writing
from idp.base.extensions import settings
from idp.base.outcome import Reason, Refused
from idp.clients.metadata import CLIENT_ID, RESERVED_SCOPES
from idp.clients.metadata.members import (
    ADMIN_READ_SCOPE,
    ADMIN_SCOPE,
    PROVISIONING_SCOPE,
    SIGNALS_EVERYBODY_SCOPE,
    SIGNALS_READ_SCOPE,
    SIGNALS_SCOPE,
    VOUCHING_SCOPE,
)
from idp.clients.metadata.rules import SCOPE_TOKEN
from idp.clients.metadata.uris import check_address
from idp.keys import jose

# What a token may be shown as at the token endpoint: a plain assertion (RFC 7523, section 2.1), or an identity assertion that another
# authorization server made for this one (draft-ietf-oauth-identity-assertion-authz-grant).
PLAIN, ID_JAG = GRANT_PROFILES = ("jwt", "id-jag")
# By what of an account the claim names it.
IDENTITY, SUB, EMAIL, USERNAME = ACCOUNT_MEMBERS = ("identity", "sub", "email", "username")
SPIFFE = "spiffe://"
LONGEST_ISSUER, LONGEST_NAME, LONGEST_CLAIM, LONGEST_SUBJECT, LONGEST_SCOPE = 500, 100, 100, 500, 1000
MOST, MOST_CLIENTS, MOST_WORKLOADS, MOST_WORDS = 100, 200, 500, 20
# What somebody must have signed in here for, or what a client has by itself: no other server's word brings it.
WITHHELD = frozenset({
    *RESERVED_SCOPES, "offline_access", PROVISIONING_SCOPE, VOUCHING_SCOPE, ADMIN_SCOPE, ADMIN_READ_SCOPE,
    SIGNALS_SCOPE, SIGNALS_READ_SCOPE, SIGNALS_EVERYBODY_SCOPE,
})  # fmt: skip

Problem = tuple[str, str]  # a member, and a sentence


@dataclass(frozen=True)
class Workload:
    """That whoever shows a token with this `sub` is this client."""

    client_id: str
    sub: str


@dataclass(frozen=True)
class Definition:
    """One issuer. `issuer` is compared with `iss` exactly; of SPIFFE it is the trust domain, such as `spiffe://example.org`.

    Keys are `jwks`, those published at `jwks_uri`, or, with neither, what its metadata name. `audiences` are accepted in `aud` beside this
    server's own addresses. `clients` may show its tokens as grants of `grant_profiles`, for `scope` at most and for the account whose
    `account_member` is what `account_claim` says; `identity` is that at the upstream `provider`. `workloads` are clients by themselves.
    """

    issuer: str
    issuer_name: str = ""
    jwks_uri: str | None = None
    jwks: dict[str, Any] | None = None
    audiences: tuple[str, ...] = ()
    grant_profiles: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    scope: str = ""
    account_claim: str = "sub"
    account_member: str = IDENTITY
    provider: str | None = None
    email_domains: tuple[str, ...] = ()
    workloads: tuple[Workload, ...] = ()

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes that its tokens may bring."""
        return frozenset(self.scope.split())

    @property
    def is_spiffe(self) -> bool:
        """Whether it is a trust domain of SPIFFE, whose tokens need not name it."""
        return self.issuer.startswith(SPIFFE)


MEMBERS = tuple(field.name for field in fields(Definition))
CHANGEABLE = tuple(name for name in MEMBERS if name != "issuer")
LISTS = ("audiences", "grant_profiles", "clients", "email_domains")


def of(row: Any) -> Definition:
    """Return the definition of a row."""
    return read({name: getattr(row, name) for name in MEMBERS})


def read(members: dict[str, Any]) -> Definition:
    """Return the definition of members as JSON has them."""
    values = dict(members)
    values |= {name: tuple(values[name]) for name in LISTS if name in values}
    if "workloads" in values:
        values["workloads"] = tuple(Workload(one["client_id"], one["sub"]) for one in values["workloads"])
    return Definition(**values)


def tell(definition: Definition) -> dict[str, Any]:
    """Return the members of a definition, as JSON has them."""
    told = {name: getattr(definition, name) for name in MEMBERS} | {
        name: list(getattr(definition, name)) for name in LISTS
    }
    return told | {"workloads": [asdict(one) for one in definition.workloads]}


def tidy(definition: Definition) -> Definition:
    """Return a definition as it is kept; a name that is left out is that of the host."""
    issuer = definition.issuer.strip()
    name = writing.tidy(definition.issuer_name).strip() or (host_of(issuer) or issuer)[:LONGEST_NAME]
    return replace(
        definition,
        issuer=issuer,
        issuer_name=name,
        jwks_uri=(definition.jwks_uri or "").strip() or None,
        provider=(definition.provider or "").strip() or None,
        scope=" ".join(dict.fromkeys(definition.scope.split())),
        account_claim=definition.account_claim.strip(),
        clients=tuple(dict.fromkeys(definition.clients)),
        email_domains=tuple(dict.fromkeys(domain.strip().lower() for domain in definition.email_domains)),
    )


def read_line(line: str) -> Workload:
    """Return the workload of a line: the client, a space, and the subject."""
    client_id, _space, sub = line.strip().partition(" ")
    return Workload(client_id, sub.strip())


def write_line(workload: Workload) -> str:
    """Return the line of a workload."""
    return f"{workload.client_id} {workload.sub}"


def host_of(issuer: str) -> str | None:
    """Return the host of an issuer, or the trust domain; None for what has none."""
    try:
        return urlsplit(issuer).hostname
    except ValueError:
        return None


def check(definition: Definition) -> list[Refused]:
    """Return everything that is wrong with a definition by itself: CLIENT_INVALID, with the member and a sentence."""
    return [refuse(member, sentence) for rule in CHECKS for member, sentence in rule(definition)]


def refuse(member: str, sentence: str) -> Refused:
    """Return the refusal of a member."""
    return Refused(Reason.CLIENT_INVALID, member, detail=sentence)


def _check_issuer(definition: Definition) -> Iterable[Problem]:
    issuer = definition.issuer
    if definition.is_spiffe:
        if len(issuer) > LONGEST_ISSUER or issuer != f"{SPIFFE}{host_of(issuer)}":
            yield "issuer", _("A trust domain is written as spiffe://example.org, without a path.")
        return
    problem = check_address("issuer", issuer) if issuer else ("issuer", _("An https address is needed."))
    if len(issuer) > LONGEST_ISSUER or problem is not None or "?" in issuer:
        yield (
            "issuer",
            _("An https address without a query is needed, as tokens have it in iss, of at most %(most)s characters.",
              most=LONGEST_ISSUER),
        )  # fmt: skip
    elif issuer.rstrip("/") == settings().issuer.rstrip("/"):
        yield "issuer", _("This is this server itself: what it issued is no reason to issue more.")


def _check_name(definition: Definition) -> Iterable[Problem]:
    if len(definition.issuer_name) > LONGEST_NAME:
        yield "issuer_name", _("Use at most %(most)s characters.", most=LONGEST_NAME)
    elif writing.find_fault(definition.issuer_name) is not None:
        yield "issuer_name", _("This has a character that cannot be used.")


def _check_keys(definition: Definition) -> Iterable[Problem]:
    if definition.jwks is not None and definition.jwks_uri is not None:
        yield "jwks", _("Use the keys themselves or their address, not both.")
    if definition.jwks_uri is not None and check_address("jwks_uri", definition.jwks_uri) is not None:
        yield "jwks_uri", _("An https address is needed.")
    if definition.jwks is not None:
        found = jose.parse_jwks(plain_keys(definition.jwks))
        if isinstance(found, str):
            yield "jwks", found
        elif not found:
            yield "jwks", _("None of these keys can be used: RSA, P-256 and Ed25519 are.")
    if definition.is_spiffe and definition.jwks is None and definition.jwks_uri is None:
        yield "jwks_uri", _("A trust domain needs its keys, or the address of its bundle.")


def _check_clients(definition: Definition) -> Iterable[Problem]:
    workloads = definition.workloads
    if len(definition.clients) > MOST_CLIENTS or not all(map(CLIENT_ID.fullmatch, definition.clients)):
        yield "clients", _("These are identifiers of clients, %(most)s at most.", most=MOST_CLIENTS)
    if len(workloads) > MOST_WORKLOADS or len(set(workloads)) < len(workloads):
        yield "workloads", _("At most %(most)s are kept, and each once.", most=MOST_WORKLOADS)
    for workload in workloads:
        is_known = CLIENT_ID.fullmatch(workload.client_id) and workload.sub.isprintable()
        if not is_known or not 0 < len(workload.sub) <= LONGEST_SUBJECT:
            yield "workloads", _("Each is the identifier of a client and the subject (sub) of its tokens.")
            return


def _check_grants(definition: Definition) -> Iterable[Problem]:
    if not set(definition.grant_profiles) <= set(GRANT_PROFILES):
        yield "grant_profiles", _("Use any of: %(words)s.", words=", ".join(GRANT_PROFILES))
    if definition.grant_profiles and definition.is_spiffe:
        yield "grant_profiles", _("A trust domain speaks of programs, not of people.")
    if definition.grant_profiles and not definition.clients:
        yield "clients", _("Name the clients that may show its tokens.")
    scopes = definition.scope.split()
    if len(definition.scope) > LONGEST_SCOPE or not all(SCOPE_TOKEN.fullmatch(scope) for scope in scopes):
        yield "scope", _("Scopes have spaces between them, and no quotes; at most 1000 characters are allowed.")
    withheld = [scope for scope in scopes if scope in WITHHELD]
    if withheld:
        yield "scope", _("The scope %(name)s is given to nobody on another server's word.", name=withheld[0])


def _check_accounts(definition: Definition) -> Iterable[Problem]:
    claim, member = definition.account_claim, definition.account_member
    if not 0 < len(claim) <= LONGEST_CLAIM or not claim.isprintable():
        yield "account_claim", _("Name the claim that says whose account it is, such as sub.")
    if member not in ACCOUNT_MEMBERS:
        yield "account_member", _("Use one of: %(words)s.", words=", ".join(ACCOUNT_MEMBERS))
    if member == IDENTITY and definition.grant_profiles and definition.provider is None:
        yield "provider", _("Name the sign-in provider at which people have these identities.")
    for word in (*definition.audiences, *definition.email_domains):
        if not 0 < len(word) <= LONGEST_SUBJECT or not word.isprintable():
            yield ("audiences" if word in definition.audiences else "email_domains"), _("This cannot be used.")
    for name in ("audiences", "email_domains"):
        if len(getattr(definition, name)) > MOST_WORDS:
            yield name, _("At most %(most)s are kept.", most=MOST_WORDS)


def plain_keys(document: Any) -> Any:
    """Return a key set in which the `use` of a SPIFFE bundle (JWT-SVID, section 4) stands for the usual one."""
    members = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(members, list):
        return document
    usual = [
        member | {"use": "sig"} if isinstance(member, dict) and member.get("use") == "jwt-svid" else member
        for member in members
    ]
    return {**document, "keys": usual}


CHECKS = (_check_issuer, _check_name, _check_keys, _check_clients, _check_grants, _check_accounts)
