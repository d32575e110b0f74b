"""What a provider may be: its members, and the rules that pages, commands and files are held to alike."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from idp.accounts import identity
from idp.base.outcome import Reason, Refused
from idp.base.writing import find_fault
from idp.clients.metadata.uris import check_address
from idp.federation.icons import BUILT_IN, OWN
from idp.federation.policy import DOMAINS, WHO

OPENID, OAUTH2 = KINDS = ("openid", "oauth2")
SECRET_METHODS = ("client_secret_basic", "client_secret_post")
METHODS = (*SECRET_METHODS, "private_key_jwt", "none")
KEY = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")
RESERVED = frozenset({"google", "github", "42", "f42", "new", "callback", "icon"})
SCOPE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+( [\x21\x23-\x5B\x5D-\x7E]+)*")  # RFC 6749, section 3.3
GROUP = re.compile(r"(.*?\S)\s*=\s*(/.*)")
PATH = re.compile(r"[!-~]{1,200}")
CLIENT_ID = re.compile(r"[ -~]{1,255}")  # RFC 6749, appendix A.1
FIELDS = (
    "subject",
    "email",
    "email_verified",
    "username",
    "name",
    "given_name",
    "family_name",
    "picture",
    "locale",
    "groups",
)
USUAL_SCOPES = {OPENID: "openid email profile", OAUTH2: ""}
# The standard claims (OpenID Connect Core, section 5.1); and what most providers without OpenID Connect call the two that matter. Usernames
# are public, and people choose theirs themselves, unless an administrator says where one comes from.
USUAL_CLAIMS: dict[str, dict[str, str]] = {
    OPENID: {"subject": "sub"} | {name: name for name in FIELDS if name not in {"subject", "username", "groups"}},
    OAUTH2: {"subject": "id", "email": "email", "name": "name"},
}
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "emails_endpoint")
MOST_DOMAINS = 200
MOST_GROUPS = 100
LONGEST_GROUP = 255  # characters of what a provider calls one
FURTHEST = 1000
LONGEST_SECRET = 1000

Problem = tuple[str, str]  # a member, and what is wrong with it


@dataclass(frozen=True)
class Definition:
    """One provider as administrators describe it, but for its secret and its own icon."""

    key: str
    display_name: str
    kind: str = OPENID
    issuer: str | None = None
    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    userinfo_endpoint: str | None = None
    emails_endpoint: str | None = None
    client_id: str = ""
    token_endpoint_auth_method: str = "client_secret_basic"  # noqa: S105 - a method's name
    scope: str = USUAL_SCOPES[OPENID]
    use_pkce: bool = True
    claims: dict[str, str] = field(default_factory=lambda: dict(USUAL_CLAIMS[OPENID]))
    group_mapping: list[dict[str, str]] = field(default_factory=list)  # `name` there, `path` here
    trust_email: bool = True
    who_may_link: str = WHO[0]
    link_domains: list[str] = field(default_factory=list)
    create_accounts: bool = True
    only_domains: list[str] = field(default_factory=list)
    icon: str = ""
    position: int = 10

    @property
    def needs_secret(self) -> bool:
        """Whether it proves itself by a secret."""
        return self.token_endpoint_auth_method in SECRET_METHODS


def check(definition: Definition) -> list[Refused]:
    """Return everything that is wrong with a definition by itself. Refusals: PROVIDER_INVALID, with the member and a sentence."""
    return [refuse(member, detail) for find in CHECKS for member, detail in find(definition)]


def read_groups(lines: Iterable[str]) -> list[dict[str, str]]:
    """Return the mapping of groups that lines such as `engineers = /eng` say; one that says none has no path."""
    found = []
    for line in filter(None, (line.strip() for line in lines)):
        said = GROUP.fullmatch(line)
        found.append({"name": said[1], "path": said[2]} if said else {"name": line, "path": ""})
    return found


def write_groups(mapping: Iterable[dict[str, str]]) -> list[str]:
    """Return a mapping of groups as lines."""
    return [f"{pair['name']} = {pair['path']}" for pair in mapping]


def refuse(member: str, detail: str) -> Refused:
    """Return the refusal of a member."""
    return Refused(Reason.PROVIDER_INVALID, member, detail=detail)


def read_domains(text: str) -> list[str]:
    """Return domains as they are compared, of a text in which spaces, commas or lines part them; what is none stays as it is."""
    names = dict.fromkeys(word.strip().lstrip("@") for word in re.split(r"[\s,;]+", text))
    return [_canonical(name) or name for name in names if name]


def _canonical(domain: str) -> str | None:
    found = identity.read_email(f"somebody@{domain}")
    return found.rpartition("@")[2] if isinstance(found, str) else None


def _names(definition: Definition) -> Iterator[Problem]:
    if not KEY.fullmatch(definition.key):
        yield "key", "Use 1 to 32 small letters, digits and hyphens, such as “my-company”."
    elif definition.key in RESERVED:
        yield "key", f"The name “{definition.key}” is taken by this server itself. Choose another."
    name = definition.display_name
    if not name.strip() or len(name) > 60:
        yield "display_name", "Enter a name of 1 to 60 characters: people see it on the button."
    elif find_fault(name) is not None:
        yield "display_name", "The name has characters that cannot be shown. Remove them."
    if definition.kind not in KINDS:
        yield "kind", "Choose openid or oauth2."


def _addresses(definition: Definition) -> Iterator[Problem]:
    if definition.kind == OPENID:
        issuer = definition.issuer
        if not issuer:
            yield "issuer", "Enter the issuer: the address below which /.well-known/openid-configuration is found."
        elif (problem := check_address("issuer", issuer)) is not None:
            yield problem
        elif "?" in issuer:
            yield "issuer", "An issuer has no query (OpenID Connect Discovery, section 3)."
        elif issuer.rstrip("/").endswith("/.well-known/openid-configuration"):
            yield "issuer", "Leave /.well-known/openid-configuration away: the issuer is what stands before it."
        needed: tuple[str, ...] = ()
        if any(getattr(definition, name) for name in ENDPOINTS[:3]):
            yield (
                "kind",
                "A provider of OpenID Connect tells its endpoints itself: leave those fields empty, or choose oauth2.",
            )
    else:
        needed = ENDPOINTS[:3]
        if definition.issuer:
            yield "issuer", "Only a provider of OpenID Connect has an issuer. Leave it empty, or choose openid."
    for name in ENDPOINTS:
        url = getattr(definition, name)
        if not url and name in needed:
            yield name, "Enter this address: a provider of plain OAuth 2 does not tell it."
        elif (problem := check_address(name, url)) is not None:
            yield problem


def _client(definition: Definition) -> Iterator[Problem]:
    if not CLIENT_ID.fullmatch(definition.client_id):
        yield (
            "client_id",
            "Enter the client identifier that the provider gave to this server: 1 to 255 characters of ASCII.",
        )
    method = definition.token_endpoint_auth_method
    if method not in METHODS:
        yield "token_endpoint_auth_method", f"Use one of: {', '.join(METHODS)}."
    if method == "none" and not definition.use_pkce:
        yield "use_pkce", "Without a secret only PKCE protects the code. Switch it on."
    if len(definition.scope) > 1000 or (definition.scope and not SCOPE.fullmatch(definition.scope)):
        yield (
            "scope",
            "Enter scopes with single spaces between, at most 1000 characters, without quotes and backslashes.",
        )
    elif definition.kind == OPENID and "openid" not in definition.scope.split():
        yield "scope", "A provider of OpenID Connect is asked for the scope “openid” at least."


def _claims(definition: Definition) -> Iterator[Problem]:
    claims: dict[Any, Any] = definition.claims
    for name, path in claims.items():
        if name not in FIELDS:
            yield "claims", f"There is no field “{str(name)[:50]}”. Known are: {', '.join(FIELDS)}."
        elif not isinstance(path, str) or not PATH.fullmatch(path):
            yield (
                f"claim_{name}",
                "Enter the name of a claim, with dots for members within members: 1 to 200 characters, no spaces.",
            )
    if "subject" not in claims:
        yield "claim_subject", "Enter the claim that names somebody for good, such as “sub” or “id”."
    if "email" not in claims and not definition.emails_endpoint:
        yield "claim_email", "Enter the claim with the e-mail address: an account needs one."


def _groups(definition: Definition) -> Iterator[Problem]:
    mapping = definition.group_mapping
    if len(mapping) > MOST_GROUPS:
        yield "group_mapping", f"Enter at most {MOST_GROUPS} groups."
    wrong = next((pair for pair in mapping if not pair["path"]), None)
    if wrong is not None:
        yield "group_mapping", f"“{wrong['name'][:100]}” says no group of this server. Write it like engineers = /eng."
    if any(not pair["name"] or len(pair["name"]) > LONGEST_GROUP for pair in mapping):
        yield "group_mapping", f"Enter what the provider calls each group, in at most {LONGEST_GROUP} characters."
    if mapping and "groups" not in definition.claims:
        yield "claim_groups", "Enter the claim that has the groups, since some of them lead into groups here."


def _people(definition: Definition) -> Iterator[Problem]:
    if definition.who_may_link not in WHO:
        yield "who_may_link", f"Use one of: {', '.join(WHO)}."
    for member in ("link_domains", "only_domains"):
        domains = getattr(definition, member)
        if len(domains) > MOST_DOMAINS:
            yield member, f"Enter at most {MOST_DOMAINS} domains."
        wrong = next((domain for domain in domains if _canonical(domain) != domain), None)
        if wrong is not None:
            yield member, f"“{wrong[:100]}” is no domain. Write it like example.com."
    if definition.who_may_link == DOMAINS and not definition.link_domains:
        yield "link_domains", "Enter at least one domain, or choose another rule of who may come."


def _button(definition: Definition) -> Iterator[Problem]:
    if definition.icon not in {"", OWN, *BUILT_IN}:
        yield "icon", f"Use none, your own, or one of: {', '.join(BUILT_IN)}."
    if not -FURTHEST <= definition.position <= FURTHEST:
        yield "position", f"Enter a whole number from -{FURTHEST} to {FURTHEST}."


CHECKS: tuple[Callable[[Definition], Iterator[Problem]], ...] = (
    _names,
    _addresses,
    _client,
    _claims,
    _groups,
    _people,
    _button,
)
