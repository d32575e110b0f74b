"""Setting providers up, changing and deleting them: what pages, commands and files call. Each change is recorded with who made it.

`known` serves the sign-in, from a cache that follows a change counter; everything that changes a provider bumps it after its commit.
"""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from sqlalchemy import Select, delete, func, select

from idp import audit
from idp.accounts.models import Account
from idp.base import clock
from idp.base.database import after_commit, run, session
from idp.base.extensions import generation
from idp.base.outcome import Reason, Refused
from idp.federation import icons, known
from idp.federation.configured import seal_secret, unseal_secret
from idp.federation.definition import LONGEST_SECRET, Definition, check, refuse
from idp.federation.models import UpstreamIdentity, UpstreamProvider

MOST = 200  # providers
# What an administrator says to have understood, by the name of the box that is ticked or the option that is given.
LOCKOUT, OTHER_PEOPLE, IDENTITIES = "accept_lockout", "accept_other_people", "with_identities"
# By what somebody at a provider is known here: where one of these changes, the same subject may be somebody else.
NAMING = ("kind", "issuer", "userinfo_endpoint")
LONGEST_TOLD = 1500  # characters of a change in the audit log


@dataclass(frozen=True)
class Extras:
    """What comes with a definition and is no part of it: a new secret, an icon's content, and what its maker has understood."""

    client_secret: str | None = None
    icon: bytes | None = None
    accepted: frozenset[str] = frozenset()


NOTHING = Extras()


def get(key: str, *, for_change: bool = False) -> UpstreamProvider | None:
    """Return the row, disabled or not; as it is at this moment, and locked, where it is going to be changed."""
    return session().get(UpstreamProvider, key, with_for_update=for_change or None, populate_existing=for_change)


def search() -> Select[UpstreamProvider]:
    """Return the query for all of them, in their order."""
    return select(UpstreamProvider).order_by(UpstreamProvider.position, UpstreamProvider.key)


def create(definition: Definition, extras: Extras = NOTHING, *, actor: str) -> UpstreamProvider | list[Refused]:
    """Set a provider up. Refusals: PROVIDER_INVALID with member and sentence; PROVIDER_UNSURE for what has to be accepted first."""
    refusals = _check(definition, extras, None)
    if session().get(UpstreamProvider, definition.key) is not None:
        refusals.append(refuse("key", "There is a provider of this name already. Choose another."))
    elif (session().scalar(select(func.count()).select_from(UpstreamProvider)) or 0) >= MOST:
        refusals.append(refuse("key", f"There are {MOST} providers, and no more are kept. Delete one first."))
    if refusals:
        return refusals
    now = clock.now()
    row = UpstreamProvider(**_columns(definition, extras), version=1, created_at=now, updated_at=now)
    row.sealed_client_secret = seal_secret(row.key, extras.client_secret) if definition.needs_secret else None
    session().add(row)
    session().flush()
    # Whoever came back from a former provider of this name while it was deleted left an identity that means nothing here.
    forget_identities(row.key)
    _keep_icon(row, extras)
    _note("provider.created", row, actor, kind=row.kind, name=row.display_name)
    return row


def change(
    row: UpstreamProvider, definition: Definition, extras: Extras = NOTHING, *, actor: str
) -> UpstreamProvider | list[Refused]:
    """Change a locked row; without a new secret it keeps its own. Its key stays. Refusals: as for `create`."""
    before = describe(row)
    definition = replace(definition, key=row.key)
    refusals = _check(definition, extras, row)
    if refusals:
        return refusals
    for name, value in _columns(definition, extras).items():
        setattr(row, name, value)
    if not definition.needs_secret:
        row.sealed_client_secret = None
    elif extras.client_secret:
        row.sealed_client_secret = seal_secret(row.key, extras.client_secret)
    _keep_icon(row, extras)
    after = describe(row)
    changed = [name for name in after if after[name] != before[name]]
    if not changed and not extras.client_secret:
        return row
    row.version += 1
    row.updated_at = clock.now()
    _note(
        "provider.changed",
        row,
        actor,
        changed=", ".join(changed) or None,
        before=_tell(before, changed),
        after=_tell(after, changed),
        secret="renewed" if extras.client_secret and definition.needs_secret else None,
    )
    return row


def set_disabled(row: UpstreamProvider, disabled: bool, extras: Extras = NOTHING, *, actor: str) -> list[Refused]:
    """Disable a locked row, or enable it again, for which what it alone lets in has to be free. Refusals: as for `create`."""
    if (row.disabled_at is not None) == disabled:
        return []
    refusals = [] if disabled else _check_only(to_definition(row), extras, row)
    if refusals:
        return refusals
    row.disabled_at = clock.now() if disabled else None
    row.version += 1
    _note("provider.disabled" if disabled else "provider.enabled", row, actor)
    return []


def remove(row: UpstreamProvider, extras: Extras = NOTHING, *, actor: str) -> int | Refused:
    """Delete a locked row with the identities that people have there, and return how many those were.

    Refusal: PROVIDER_UNSURE, where there are some and nobody has said that they go too.
    """
    count = count_identities(row.key)
    if count and IDENTITIES not in extras.accepted:
        return _unsure(IDENTITIES, f"{count} linked identities are deleted with it. To keep them, disable it instead.")
    forget_identities(row.key)
    icons.forget(row.key)
    session().delete(row)
    _note("provider.deleted", row, actor, identities=count)
    return count


def count_identities(key: str) -> int:
    """Return how many identities people have at a provider."""
    query = select(func.count()).select_from(UpstreamIdentity).where(UpstreamIdentity.provider == key)
    return session().scalar(query) or 0


def forget_identities(key: str) -> None:
    """Delete every identity at a provider: for those accounts a way in less."""
    statement = delete(UpstreamIdentity).where(UpstreamIdentity.provider == key)
    run(statement.execution_options(synchronize_session=False))


def list_stranded(definition: Definition) -> list[str]:
    """Return the addresses of administrators who could not sign in any more: of its own domains, and not connected to it yet."""
    connected = select(UpstreamIdentity.account_id).where(UpstreamIdentity.provider == definition.key)
    administrators = select(Account.email).where(
        Account.is_admin, Account.disabled_at.is_(None), Account.id.not_in(connected)
    )
    domains = set(definition.only_domains)
    return sorted(email for email in session().scalars(administrators) if email.rpartition("@")[2] in domains)


def to_definition(row: UpstreamProvider) -> Definition:
    """Return what a row says."""
    values = {field.name: getattr(row, field.name) for field in fields(Definition)}
    return Definition(**values | {"icon": row.icon.partition(":")[0]})


def describe(row: UpstreamProvider) -> dict[str, Any]:
    """Return what is told of a provider, never its secret."""
    return asdict(to_definition(row)) | {
        "icon": row.icon,
        "has_client_secret": row.sealed_client_secret is not None,
        "enabled": row.disabled_at is None,
    }


def secret_of(row: UpstreamProvider) -> str | None:
    """Return the client secret of a row, to be sent to its provider and to nobody else."""
    return unseal_secret(row.key, row.sealed_client_secret)


def _columns(definition: Definition, extras: Extras) -> dict[str, Any]:
    values = asdict(definition)
    for name in ("issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "emails_endpoint"):
        values[name] = values[name] or None
    if definition.icon == icons.OWN:
        del values["icon"]  # the one that is kept stays, unless there is another
        values |= {"icon": icons.name_of(extras.icon)} if extras.icon else {}
    return values


def _check(definition: Definition, extras: Extras, row: UpstreamProvider | None) -> list[Refused]:
    refusals = check(definition)
    secret = extras.client_secret
    if definition.needs_secret and not secret and (row is None or row.sealed_client_secret is None):
        refusals.append(refuse("client_secret", "Enter the secret that the provider gave to this server."))
    if secret and (len(secret) > LONGEST_SECRET or not secret.isprintable() or not secret.isascii()):
        refusals.append(refuse("client_secret", f"Enter at most {LONGEST_SECRET} characters of ASCII, on one line."))
    if definition.icon == icons.OWN:
        kept = icons.find(definition.key) if extras.icon is None and row is not None else None
        if extras.icon is not None:
            wrong = icons.check(extras.icon)
            refusals += [wrong] if wrong is not None else []
        elif kept is None:
            refusals.append(refuse("icon", "Give the picture, an SVG or a PNG, or choose one that is built in."))
    if row is None or row.disabled_at is None:
        refusals += _check_only(definition, extras, row)
    if row is not None and OTHER_PEOPLE not in extras.accepted and _names_others(definition, row):
        count = count_identities(row.key)
        if count:
            refusals.append(
                _unsure(
                    OTHER_PEOPLE,
                    f"{count} identities are linked by the names that the provider gave people so far. Another provider would let in"
                    " whoever has the same name there. Accept this only where it names the same people, or set up a new provider.",
                )
            )
    return refusals


def _names_others(definition: Definition, row: UpstreamProvider) -> bool:
    if any((getattr(definition, name) or None) != getattr(row, name) for name in NAMING):
        return True
    return definition.claims.get("subject") != row.claims.get("subject")


def _check_only(definition: Definition, extras: Extras, row: UpstreamProvider | None) -> list[Refused]:
    """Check the domains that sign in by it alone: nobody else has them, and whoever administers knows what is coming."""
    wanted = set(definition.only_domains)
    if not wanted:
        return []
    refusals = []
    others = select(UpstreamProvider).where(
        UpstreamProvider.key != definition.key, UpstreamProvider.disabled_at.is_(None)
    )
    for other in session().scalars(others):
        for domain in sorted(wanted & set(other.only_domains)):
            sentence = (
                f"People of {domain} sign in only through {other.display_name} already. Take it from there first."
            )
            refusals.append(refuse("only_domains", sentence))
    was_so = row is not None and row.disabled_at is None and wanted <= set(row.only_domains)
    stranded = [] if was_so or LOCKOUT in extras.accepted else list_stranded(definition)
    if stranded:
        few = ", ".join(stranded[:3]) + (" and others" if len(stranded) > 3 else "")
        sentence = (
            f"Administrators would have no way in but this provider, to which they are not connected: {few}. Connect them first, on the"
            " page “Connected accounts”, or say that you accept it."
        )
        refusals.append(_unsure(LOCKOUT, sentence))
    return refusals


def _unsure(what: str, detail: str) -> Refused:
    return Refused(Reason.PROVIDER_UNSURE, what, detail=detail)


def _keep_icon(row: UpstreamProvider, extras: Extras) -> None:
    if not row.icon.startswith(icons.OWN):
        icons.forget(row.key)
    elif extras.icon:
        icons.keep(row.key, extras.icon)


def _tell(values: dict[str, Any], names: Collection[str]) -> str | None:
    told = json.dumps({name: values[name] for name in names}, ensure_ascii=False, separators=(",", ":"))
    return told[:LONGEST_TOLD] if names else None


def _note(event: str, row: UpstreamProvider, actor: str, **detail: Any) -> None:
    session().flush()
    audit.record(event, actor=actor, provider=row.key, **detail)
    after_commit(generation(known.COUNTER).bump)
