"""Trying a token of a trusted issuer: what this server would say to it, step by step. Nothing is issued, used up or kept."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from idp.accounts import lookup
from idp.base.extensions import settings
from idp.clients import service as clients
from idp.clients.metadata import FEDERATED_METHOD, JWT_BEARER
from idp.issuers import known, tokens
from idp.issuers.definition import ID_JAG, PLAIN, Definition
from idp.issuers.tokens import Fault
from idp.keys import jose
from idp.oauth import assertions, workloads
from idp.oauth.jwt_bearer import people, shown
from idp.oauth.jwt_bearer.shown import Shown

GOOD, ODD, BAD = "good", "warning", "bad"
LONGEST_TOLD = 300  # characters of what a token says


@dataclass(frozen=True)
class Step:
    """One step: what was looked at, what came of it, and what was found."""

    title: str
    outcome: str
    told: str


@dataclass(frozen=True)
class _Trial:
    """A token that can be read, and what it would be taken as."""

    issuer: Definition
    token: str
    header: dict[str, Any]
    said: dict[str, Any]
    profile: str = field(init=False)

    def __post_init__(self) -> None:
        is_jag = jose.is_of_type(self.header, shown.TYPES[ID_JAG])
        object.__setattr__(self, "profile", ID_JAG if is_jag else PLAIN)

    @property
    def programs(self) -> list[str]:
        """The clients that its subject is."""
        return [one.client_id for one in self.issuer.workloads if one.sub == self.said.get("sub")]

    @property
    def is_about_people(self) -> bool:
        """Whether it would be taken as an assertion about somebody; a program's subject is a program's."""
        return not self.programs and self.profile in self.issuer.grant_profiles

    def verify(self) -> dict[str, Any] | Fault:
        """Return its claims, or what is wrong with it, by the rules of what it would be taken as."""
        own, longest, types = settings().issuer, workloads.LONGEST, workloads.TYPES
        audiences = {own, own + assertions.PATHS["token"], *self.issuer.audiences}
        if self.is_about_people or self.profile == ID_JAG:
            longest, types = shown.LONGEST, shown.TYPES[self.profile]
            audiences = shown.audiences_of(self.issuer, self.profile)
        return tokens.verify(self.issuer, self.token, types=types, audiences=audiences, longest=longest)


def run(issuer: Definition, token: str, *, tells_people: bool) -> list[Step]:
    """Try a token; whether somebody has an account is told with `tells_people` alone. It may fetch the issuer's keys."""
    return list(_run(issuer, "".join(token.split()), tells_people=tells_people))


def _run(issuer: Definition, token: str, *, tells_people: bool) -> Iterator[Step]:
    unproven = jose.read_unproven(token)
    if unproven is None:
        yield Step(
            _("Read the token"),
            BAD,
            _("This is no signed JWT: three parts in base64url with dots between, JSON in the first two."),
        )
        return
    tried = _Trial(issuer, token, *unproven)
    kind = _("an identity assertion (ID-JAG)") if tried.profile == ID_JAG else _("a plain JWT")
    yield Step(_("Read the token"), GOOD, _("It is %(kind)s.", kind=kind))
    found = known.find_of(tried.said)
    if found is None or found.issuer != issuer.issuer:
        sentence = _("Its iss is “%(iss)s”, and this issuer is “%(own)s”. They must be the same, to the last slash.",
                     iss=_tell(tried.said.get("iss")), own=issuer.issuer)  # fmt: skip
        yield Step(_("Compare the issuer"), BAD, sentence)
        return
    yield Step(_("Compare the issuer"), GOOD, issuer.issuer)
    claims = tried.verify()
    yield from _tell_verified(tried, claims if isinstance(claims, Fault) else None)
    if not isinstance(claims, Fault):
        yield from _tell_programs(tried)
        yield from _tell_people(tried, tells_people=tells_people)


def _tell_verified(tried: _Trial, fault: Fault | None) -> Iterator[Step]:
    """Yield each step of the verification up to the one that failed."""
    for title, told, sentences in _verification(tried):
        if fault is not None and fault in sentences:
            yield Step(title, BAD, f"{sentences[fault]} {told}")
            return
        yield Step(title, GOOD, told)


def _verification(tried: _Trial) -> list[tuple[str, str, dict[Fault, str]]]:
    """Return the steps in the order of `tokens.verify`: the title, what the token says, and a sentence for each fault."""
    header, said = tried.header, tried.said
    longest = _("an hour") if tried.is_about_people or tried.profile == ID_JAG else _("a day")
    signature = {
        Fault.UNREACHABLE: _("The keys of the issuer cannot be had: look at their address, or paste them."),
        Fault.KEY_UNKNOWN: _("None of the issuer's keys has this kid: pasted keys may be old."),
        Fault.SIGNATURE: _("The signature is by another key than the issuer's."),
    }
    audience = {
        Fault.AUDIENCE: _(
            "Each of these must be %(own)s, or one of the other audiences that are accepted.", own=settings().issuer
        )
    }
    times = {Fault.TIMES: _("It has expired, is for later, or lives for more than %(longest)s.", longest=longest)}
    return [
        (_("Type"), f"typ: {_tell(header.get('typ', 'JWT'))}", {Fault.MALFORMED: _("A JWT of this type is for something else.")}),
        (_("Algorithm"), f"alg: {_tell(header['alg'])}", {Fault.ALGORITHM: _("This algorithm is not taken.")}),
        (_("Signature"), f"kid: {_tell(header.get('kid'))}", signature),
        (_("Audience"), f"aud: {_tell(said.get('aud'))}", audience),
        (_("Times"), ", ".join(f"{name}: {_tell_time(said[name])}" for name in ("iat", "nbf", "exp") if name in said), times),
    ]  # fmt: skip


def _tell_programs(tried: _Trial) -> Iterator[Step]:
    title = _("As a program")
    for client_id in tried.programs:
        row = clients.get(client_id)
        if row is None or row.disabled_at is not None:
            yield Step(title, BAD, _("The app %(name)s is disabled.", name=client_id))
        elif row.token_endpoint_auth_method != FEDERATED_METHOD:
            yield Step(
                title, BAD, _("The app %(name)s is registered for another method than federated_jwt.", name=client_id)
            )
        else:
            yield Step(title, GOOD, _("It proves the app %(name)s.", name=client_id))
    if len(tried.programs) > 1:
        yield Step(title, ODD, _("The subject is several apps: requests have to say which, by client_id."))
    if tried.issuer.workloads and not tried.programs:
        yield Step(title, ODD, _("No program here has the subject “%(sub)s”.", sub=_tell(tried.said.get("sub"))))


def _tell_people(tried: _Trial, *, tells_people: bool) -> Iterator[Step]:
    title, issuer, said = _("About people"), tried.issuer, tried.said
    if not tried.is_about_people:
        if not tried.programs:
            yield Step(title, ODD, _("Tokens of this kind are not taken as word about people."))
        return
    needed = ("sub", "jti", "iat", "client_id") if tried.profile == ID_JAG else ("sub", "jti")
    missing = [name for name in needed if name not in said]
    if missing:
        yield Step(title, BAD, _("It lacks %(names)s.", names=", ".join(missing)))
        return
    names = [said["client_id"]] if tried.profile == ID_JAG else list(issuer.clients)
    usable = [name for name in names if name in issuer.clients and _may_show(name)]
    if usable:
        yield Step(_("Who may show it"), GOOD, ", ".join(usable))
    else:
        yield Step(
            _("Who may show it"), BAD, _("No app may that is named here and registered for the grant JWT bearer.")
        )
    yield Step(_("Claim that names the person"), *_find_person(tried, tells_people=tells_people))


def _may_show(client_id: Any) -> bool:
    row = clients.get(client_id) if isinstance(client_id, str) else None
    return row is not None and row.disabled_at is None and JWT_BEARER in row.grant_types


def _find_person(tried: _Trial, *, tells_people: bool) -> tuple[str, str]:
    claim = tried.issuer.account_claim
    told = f"{claim}: {_tell(tried.said.get(claim))}"
    if not isinstance(tried.said.get(claim), str):
        return BAD, told
    if not tells_people:
        return GOOD, told
    number = people.find(Shown(tried.issuer, tried.profile, tried.said))
    account = lookup.find(number) if number is not None else None
    if account is None or account.disabled_at is not None or account.email_verified_at is None:
        return BAD, _("Nobody has an account by this that is open and confirmed.") + f" {told}"
    return GOOD, told


def _tell(value: Any) -> str:
    return str(value if value is not None else "–")[:LONGEST_TOLD]


def _tell_time(value: Any) -> str:
    if not jose.is_date(value):
        return _tell(value)
    return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(value)):%Y-%m-%d %H:%M:%S} UTC"
