"""Clients, groups and whatever else the configuration file has, each as it is there: told, brought there, deleted.

Over HTTP a secret is a text, and nothing refers to files or variables of the server. Whoever names the version that they have seen
(If-Match) and was overtaken is told so, and shown what is there now (RFC 9110, section 13.1.1).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http import HTTPStatus
from itertools import islice
from typing import Any

from idp.accounts.authority import limited
from idp.accounts.authority.powers import needed_for, needed_to_trust
from idp.api.admission import Acting
from idp.api.problem import Problem, missing, wrong
from idp.applying import form, running
from idp.applying.form import Entry, File, Section
from idp.applying.references import Sources
from idp.applying.running import Outcome
from idp.applying.sections import KEEPERS, issuers
from idp.applying.sections.clients import needs_secret
from idp.applying.states import YES, State, Terms
from idp.base import crypto
from idp.base.phrases import phrase

SECTIONS = {section.name: section for section in form.SECTIONS}
# What each section is read and written by, as the pages of it are.
READ = {
    **dict.fromkeys(("clients", "resources", "authorization_details_types", "scopes"), "clients.read"),
    **dict.fromkeys(("provisioning", "issuers"), "clients.read"),
    **dict.fromkeys(("groups", "roles"), "groups.read"),
    **dict.fromkeys(("attributes", "policies"), "policy.read"),
    "providers": "providers.read",
}
WRITE = {name: permission.replace(".read", ".write") for name, permission in READ.items()}
# The member that is a secret, of each section that has one.
SECRETS = {"clients": "client_secret", "providers": "client_secret", "provisioning": "token"}
PICTURE = "icon_file"
LONGEST_SECRET = 1000  # characters
NOWHERE = Sources({}, None)


@dataclass(frozen=True)
class Brought:
    """What became of an entry: as it is now, whether it is new, and the secret that was made for it, which nobody is told again."""

    state: State
    is_new: bool
    secret: str | None


@dataclass(frozen=True)
class Asked:
    """How a change is to be made: for whom, over which version, whether what hangs on it may go, and whether it is only tried."""

    acting: Acting
    if_match: str | None = None
    says_yes: bool = False
    dry_run: bool = False

    @property
    def terms(self) -> Terms:
        """The terms of the services."""
        return Terms(self.acting.actor, frozenset({YES} if self.says_yes else ()))


def version_of(state: State) -> str:
    """Return the entity tag of what is there."""
    seen = json.dumps(state.told, sort_keys=True), state.identity, sorted(map(repr, state.hidden.items()))
    return f'"{crypto.digest(repr(seen)).hex()[:32]}"'


def key_of(section: Section, name: str, client_id: str | None) -> str:
    """Return the key of what an address names."""
    first = f"/{name.strip('/')}" if section.name == "groups" else name
    return section.key_of({"client_id": client_id, section.named_by[0]: first})


def find(section: Section, key: str) -> State:
    """Return what is there. Raises: Problem, 404."""
    return KEEPERS[section.name].look(key) or _raise(missing(section.name.removesuffix("s"), key))


def list_from(section: Section, after: str, limit: int) -> tuple[list[State], str | None]:
    """Return what comes behind a key, and the key from which on there is more."""
    found = list(islice(_behind(section, after, limit + 1), limit + 1))
    return found[:limit], section.key_of(found[limit - 1].told) if len(found) > limit else None


def bring(section: Section, key: str, body: dict[str, Any], asked: Asked) -> Brought:
    """Bring there what a body says.

    Raises:
        Problem: 400 with every member that is wrong, 403 for a client that may more than the bearer, 412 for another version.
    """
    given = {**body, section.named_by[0]: body.get(section.named_by[0], key.partition(" ")[0])}
    if section.name == "roles" and " " in key:
        given.setdefault("client_id", key.partition(" ")[2])
    secret = given.pop(SECRETS.get(section.name, ""), None)
    entries = _read(section, given)
    entry = next((one for one in entries if one.key == key), None)
    if entry is None:
        raise wrong([(section.named_by[0], "This is another name than that of the address.")])
    entry, made = _with_secret(section, entry, secret)
    seen: list[State | None] = []

    def look(states: running.States) -> None:
        before = states[section.name, key]
        seen[:] = [before]
        _check(section, before, entry, asked)

    file = File(None, {name: [] for name in SECTIONS} | {section.name: [*(e for e in entries if e.key != key), entry]})
    outcome = running.apply(file, asked.terms, dry_run=asked.dry_run, look=look)
    if outcome.troubles:
        raise wrong(_members(section, outcome))
    after = next((change.after for change in outcome.changes if change.key == key), None) or seen[0]
    if after is None:
        raise missing(section.name.removesuffix("s"), key)
    is_new = seen[0] is None
    return Brought(after, is_new, made if is_new and not asked.dry_run else None)


def remove(section: Section, key: str, asked: Asked) -> None:
    """Delete what is there.

    Raises:
        Problem: 404, 412 for another version, 403 for a client that may more than the bearer, 409 where something hangs on it.
    """
    if section.name == "groups":
        limited.hold()  # before the group, as everywhere
    _check(section, find(section, key), None, asked)
    if section.name == "policies":
        raise Problem(HTTPStatus.CONFLICT, "A policy is decided anew, and never undone.")
    refused = KEEPERS[section.name].remove(key, asked.terms)
    if refused:
        sentences = [(refusal.detail or phrase(refusal)).replace("--yes", "?yes=true") for refusal in refused]
        raise Problem(HTTPStatus.CONFLICT, " ".join(sentences))


def _behind(section: Section, after: str, most: int) -> Iterator[State]:
    found = KEEPERS[section.name].every(after, most)
    if section.name in ("clients", "groups"):
        return iter(list(found))  # gone through to their end, at which the database's cursor is closed
    if not after:
        return found
    return _skip(section, found, after)


def _skip(section: Section, found: Iterator[State], after: str) -> Iterator[State]:
    for state in found:
        if section.key_of(state.told) == after:
            break
    yield from found


def _read(section: Section, given: dict[str, Any]) -> list[Entry]:
    if PICTURE in given:
        raise wrong([(PICTURE, "A picture is set on the provider's page, or by a file of the command.")])
    file, troubles = form.read(json.dumps({section.name: [given]}).encode(), NOWHERE)
    if troubles:
        raise wrong([(_member(section, trouble.path), trouble.sentence) for trouble in troubles])
    return file.entries[section.name]


def _with_secret(section: Section, entry: Entry, secret: object) -> tuple[Entry, str | None]:
    """Return an entry with its secret, and the one that was made where none is given and a new client needs it."""
    if secret is None:
        made = crypto.new_secret() if section.name == "clients" and needs_secret(entry) else None
        return (replace(entry, secret=made), made) if made is not None else (entry, None)
    member = SECRETS[section.name]
    if not isinstance(secret, str) or not 0 < len(secret) <= LONGEST_SECRET or not secret.isprintable():
        raise wrong([(member, f"The secret itself is needed here: 1 to {LONGEST_SECRET} characters on one line.")])
    return replace(entry, secret=secret, values=entry.values | {member: secret}), None


def _check(section: Section, before: State | None, entry: Entry | None, asked: Asked) -> None:
    """Refuse a change of another version than what was seen, and of a client that does what the bearer may not."""
    if asked.if_match is not None and (before is None or asked.if_match not in ("*", version_of(before))):
        more = {"current": before.told} if before is not None else {}
        headers = {"ETag": version_of(before)} if before is not None else {}
        sentence = "It was changed meanwhile: `current` has it as it is now." if more else "It is not there any more."
        raise Problem(HTTPStatus.PRECONDITION_FAILED, sentence, more, headers)
    if not _needed_for(section, before, entry) <= asked.acting.permissions:
        sentence = "A client with the scope scim or admin does what the token does not permit."
        if section.name == "issuers":
            sentence = "Its word is that of people, or of a client with the scope scim or admin: the token does not permit what these do."
        raise Problem(HTTPStatus.FORBIDDEN, sentence)


def _needed_for(section: Section, before: State | None, entry: Entry | None) -> frozenset[str]:
    """Return the permissions that a change takes beside those of the section, by what is there and what is to be."""
    values = [before.told if before is not None else {}, entry.values if entry is not None else {}]
    if section.name == "clients":
        return needed_for(" ".join(one.get("scope") or "" for one in values))
    if section.name == "issuers" and entry is not None:
        return needed_to_trust(*(issuers.define(one) for one in values))
    return frozenset()


def _members(section: Section, outcome: Outcome) -> list[tuple[str | None, str]]:
    return [
        (_member(section, trouble.path), trouble.sentence.replace("--yes", "?yes=true")) for trouble in outcome.troubles
    ]


def _member(section: Section, path: str) -> str | None:
    """Return the way to a member within its entry."""
    return path.removeprefix(f"{section.name}[0]").removeprefix(".") or None


def _raise(problem: Problem) -> Any:
    raise problem
