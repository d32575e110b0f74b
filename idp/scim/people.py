"""Making, changing and erasing people by the word of a directory. What it may not do is refused with 403 and a sentence.

Nobody who administers this server is changed from here. The address and the password of somebody who has proved the address are theirs,
unless the client vouches for addresses. Who was disabled by somebody else stays so.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError

from idp import audit
from idp.accounts import amending, erasure, identity, lookup, service, taking, unproved
from idp.accounts.amending import Amendment
from idp.accounts.authority import holding
from idp.accounts.models import Account
from idp.accounts.taking import Authority
from idp.base import clock
from idp.base.database import session
from idp.base.outcome import Refused
from idp.scim import naming, patching, profile, telling, versions
from idp.scim.admission import Acting
from idp.scim.models import ScimUser, ScimUserId
from idp.scim.problem import INVALID_VALUE, bad, forbidden, missing, taken
from idp.scim.refusing import refusal
from idp.scim.schema import USERS, check_user
from idp.scim.telling import Document, Known

LARGEST = 16 * 1024  # characters of what a directory tells of one person
LONGEST_SUB = 64
# What the account itself has, or this server says.
OWN = frozenset({"userName", "active", "externalId", "password", "groups", "id", "meta", "schemas"})
WRITTEN_ONCE = "password"  # noqa: S105 - the name of an attribute

Change = Callable[[Document], Document]


def find(sub: str) -> Account:
    """Return an account by the `id` of its resource. Raises: Problem, 404."""
    account = lookup.find_by_sub(sub) if len(sub) <= LONGEST_SUB else None
    if account is None:
        raise missing("User", sub)
    return account


def create(acting: Acting, body: Mapping[str, Any]) -> Known:
    """Make an account (RFC 7644, section 3.3).

    Raises:
        Problem: `invalidValue`, `uniqueness`.
    """
    document = {"active": True, **with_address(USERS.read(body))}
    check_user(document)
    password, address = document.pop(WRITTEN_ONCE, None), _address_of(document)
    if acting.may_vouch:
        unproved.make_room(address)
    naming.refuse_taken(document["userName"])
    claims = {name: text for name, text in profile.fit(profile.claims_of(document)).items() if text}
    made = service.add(
        address,
        username=naming.username_for(document["userName"]),
        password=password,
        verified=acting.may_vouch,
        claims=claims,
        actor=acting.actor,
    )
    if isinstance(made, Refused):
        raise refusal(made)
    row = _write_row(made, None, document)
    naming.put_external(ScimUserId, acting.client_id, made.id, document.get("externalId"))
    _set_active(acting, made, row, document["active"])
    return telling.know(made, acting.client_id)


def replace(body: Mapping[str, Any]) -> Change:
    """Return the change to what a body says (RFC 7644, section 3.5.1); address and state stay where it says nothing of them."""

    def make(before: Document) -> Document:
        kept = {name: before[name] for name in ("emails", "active")}
        return kept | with_address(USERS.read(body))

    return make


def patch(body: Mapping[str, Any]) -> Change:
    """Return the change that the operations of a body make (RFC 7644, section 3.5.2). Raises: Problem, as of `patching`."""
    operations = patching.read(USERS, body)

    def make(before: Document) -> Document:
        for operation in operations:
            patching.apply(before, operation)
        return before

    return make


def change(acting: Acting, sub: str, make: Change, *, if_match: str | None = None) -> Known:
    """Change an account to what `make` makes of its document; sessions and grants end with a new password, and where it is disabled.

    Raises:
        Problem: 403, 404, 412; `invalidValue`, `uniqueness`, and what `make` raises.
    """
    account = find(sub)
    password_hash = _hash(acting, account, make, if_match)
    held = taking.take(Authority(account.id), is_closed_too=True)
    if isinstance(held, Refused):
        raise missing("User", sub)
    before = telling.know(held, acting.client_id)
    versions.check(if_match, telling.version_of(sub, before.written))
    wanted, after = _compare(acting, before, make)
    amended = _amend(acting, held, wanted, password_hash)
    row = _write_row(amended, before.row, after)
    naming.put_external(ScimUserId, acting.client_id, amended.id, after.get("externalId"))
    _set_active(acting, amended, row, after["active"])
    _note(acting, amended, before.written, after)
    return telling.know(amended, acting.client_id)


def erase(acting: Acting, sub: str, *, if_match: str | None = None) -> None:
    """Erase an account with all that belongs to it, at once (RFC 7644, section 3.6). Raises: Problem, 403, 404, 412."""
    held = taking.take(Authority(find(sub).id), is_closed_too=True)
    if isinstance(held, Refused):
        raise missing("User", sub)
    versions.check(if_match, telling.version_of(sub, telling.know(held, acting.client_id).written))
    _refuse_administrator(held)
    refused = erasure.erase(held, actor=acting.actor)
    if refused is not None:
        raise refusal(refused)


def with_address(document: Document) -> Document:
    """Return a document with an address: that which its `userName` is, where it tells no other."""
    name = document.get("userName", "")
    if "emails" in document or "@" not in name:
        return document
    return document | {"emails": [{"value": name, "type": "work", "primary": True}]}


def _hash(acting: Acting, account: Account, make: Change, if_match: str | None) -> str | None:
    """Return the hash of a new password, made before the account is held; None where none is asked for."""
    before = telling.know(account, acting.client_id)
    wanted, _after = _compare(acting, before, make)
    if wanted.password is None:
        return None
    versions.check(if_match, telling.version_of(account.sub, before.written))
    prepared = amending.prepare(account, wanted)
    if isinstance(prepared, Refused):
        raise refusal(prepared)
    return prepared


def _compare(acting: Acting, before: Known, make: Change) -> tuple[Amendment, Document]:
    """Return what of the account itself is to change, and the new document, without the password."""
    account, written = before.account, before.written
    after = make(before.written)
    check_user(after)
    password, address = after.pop(WRITTEN_ONCE, None), _address_of(after)
    username = None
    if naming.fold(after["userName"]) != naming.fold(written["userName"]):
        naming.refuse_taken(after["userName"], but=account.id)
        username = naming.username_for(after["userName"], but=account.id)
    moves = address != account.email
    was, told = profile.claims_of(written), profile.claims_of(after)
    claims = profile.fit({name: text for name, text in told.items() if text != was[name]})
    wanted = Amendment(
        email=address if moves else None,
        is_verified=acting.may_vouch if moves else None,
        username=username,
        password=password,
        claims=claims,
    )
    if wanted != Amendment() or after["active"] != written["active"]:
        _refuse_administrator(account)
    is_owned = account.is_verified or account.last_sign_in_at is not None
    if (moves or password is not None) and is_owned and not acting.may_vouch:
        raise forbidden("The address and the password are the person's own since they proved the address.")
    return wanted, after


def _amend(acting: Acting, held: Account, wanted: Amendment, password_hash: str | None) -> Account:
    if wanted == Amendment():
        return held
    amended = amending.amend(held, wanted, actor=acting.actor, password_hash=password_hash)
    if isinstance(amended, Refused):
        raise refusal(amended)
    return amended


def _write_row(account: Account, row: ScimUser | None, document: Document) -> ScimUser:
    """Keep the directory's word about an account, which is held."""
    told = {name: value for name, value in document.items() if name not in OWN}
    if len(json.dumps(told, ensure_ascii=False)) > LARGEST:
        raise bad(INVALID_VALUE, f"What is told of one person is longer than {LARGEST} characters.")
    user_name, now = document["userName"], clock.now()
    if row is None:
        row = ScimUser(account_id=account.id, created_at=now)
    elif (row.user_name, row.attributes) == (user_name, told):
        return row
    row.user_name, row.user_name_folded = user_name, naming.fold(user_name)
    row.attributes, row.updated_at = told, now
    try:
        with session().begin_nested():
            session().add(row)
    except IntegrityError as error:
        raise taken(f"userName: “{user_name}” is the name of another account.") from error
    return row


def _set_active(acting: Acting, account: Account, row: ScimUser, active: bool) -> None:
    """Disable an account, which ends its sessions and grants, or enable it, where a directory has disabled it."""
    if active == (account.disabled_at is None):
        return
    if active and account.erase_at is not None:
        raise forbidden("The person has closed this account, and it is going to be erased.")
    if active and row.disabled_at != account.disabled_at:
        raise forbidden("This account was disabled here, and not by a directory. An administrator can enable it.")
    refused = service.set_disabled(account, not active, actor=acting.actor)
    if refused is not None:
        raise refusal(refused)
    row.disabled_at, row.updated_at = account.disabled_at, clock.now()
    session().flush()


def _refuse_administrator(account: Account) -> None:
    if holding.carried_by(account):
        raise forbidden("This person administers this server: an administrator alone can change the account.")


def _note(acting: Acting, account: Account, before: Document, after: Document) -> None:
    """Record which attributes a directory has changed, by their names: an erasure leaves the audit log as it is."""
    changed = sorted(name for name in {*before, *after} - {"active"} if before.get(name) != after.get(name))
    if changed:
        attributes = ", ".join(changed)[: audit.LONGEST]
        audit.record("account.provisioned", subject=account.sub, actor=acting.actor, attributes=attributes)


def _address_of(document: Document) -> str:
    """Return the address that counts of those that a document tells. Raises: Problem, `invalidValue`."""
    read = identity.read_email(str(profile.main(document.get("emails", ())).get("value", "")))
    if isinstance(read, Refused):
        raise refusal(read)
    return read
