"""Setting providers up, changing and deleting them: what pages, commands and files call. Each change is recorded with who made it.

`known` serves the sign-in, from a cache that follows a change counter; everything that changes a provider bumps it after its commit.
"""

from dataclasses import asdict, fields, replace
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, delete, func, select

from idp import audit
from idp.accounts import telling
from idp.base import clock
from idp.base.database import after_commit, run, session
from idp.base.extensions import generation
from idp.base.outcome import Refused
from idp.federation import belonging, icons, known
from idp.federation.configured import seal_secret, unseal_secret
from idp.federation.definition import Definition, refuse, write_groups
from idp.federation.models import UpstreamIdentity, UpstreamProvider
from idp.federation.vetting import IDENTITIES as IDENTITIES
from idp.federation.vetting import LOCKOUT as LOCKOUT
from idp.federation.vetting import OTHER_PEOPLE as OTHER_PEOPLE
from idp.federation.vetting import Extras as Extras
from idp.federation.vetting import count_identities as count_identities
from idp.federation.vetting import list_stranded as list_stranded
from idp.federation.vetting import unsure, vet, vet_domains

MOST = 200  # providers
# What changes nothing about who gets in, so that nobody is written to.
LOOKS = frozenset({"display_name", "icon", "position", "scope"})
HAS_SECRET = "has_client_secret"


NOTHING = Extras()


def get(key: str, *, for_change: bool = False) -> UpstreamProvider | None:
    """Return the row, disabled or not; as it is at this moment, and locked, where it is going to be changed."""
    return session().get(UpstreamProvider, key, with_for_update=for_change or None, populate_existing=for_change)


def search() -> Select[UpstreamProvider]:
    """Return the query for all of them, in their order."""
    return select(UpstreamProvider).order_by(UpstreamProvider.position, UpstreamProvider.key)


def create(definition: Definition, extras: Extras = NOTHING, *, actor: str) -> UpstreamProvider | list[Refused]:
    """Set a provider up. Refusals: PROVIDER_INVALID with member and sentence; PROVIDER_UNSURE for what has to be accepted first."""
    refusals = vet(definition, extras, None)
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
    _tell_others(row, actor, _("People can sign in by a new provider: %(name)s.", name=row.display_name))
    return row


def change(
    row: UpstreamProvider, definition: Definition, extras: Extras = NOTHING, *, actor: str
) -> UpstreamProvider | list[Refused]:
    """Change a locked row; without a new secret it keeps its own. Its key stays. Refusals: as for `create`."""
    before = describe(row)
    definition = replace(definition, key=row.key)
    refusals = vet(definition, extras, row)
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
        changes={name: (_told(before[name]), _told(after[name])) for name in changed if name != HAS_SECRET},
        secret="renewed" if extras.client_secret and definition.needs_secret else None,
    )
    if not LOOKS.issuperset(changed):
        _tell_others(
            row, actor, _("The provider %(name)s, by which people sign in, was changed.", name=row.display_name)
        )
    return row


def set_disabled(row: UpstreamProvider, disabled: bool, extras: Extras = NOTHING, *, actor: str) -> list[Refused]:
    """Disable a locked row, or enable it again, for which what it alone lets in has to be free. Refusals: as for `create`."""
    if (row.disabled_at is not None) == disabled:
        return []
    refusals = [] if disabled else vet_domains(to_definition(row), extras, row)
    if refusals:
        return refusals
    row.disabled_at = clock.now() if disabled else None
    row.version += 1
    _note("provider.disabled" if disabled else "provider.enabled", row, actor)
    said = (
        _("The provider %(name)s was disabled.")
        if disabled
        else _("People can sign in by the provider %(name)s again.")
    )
    _tell_others(row, actor, said % {"name": row.display_name})
    return []


def remove(row: UpstreamProvider, extras: Extras = NOTHING, *, actor: str) -> int | Refused:
    """Delete a locked row with the identities that people have there, and return how many those were.

    Refusal: PROVIDER_UNSURE, where there are some and nobody has said that they go too.
    """
    count = count_identities(row.key)
    if count and IDENTITIES not in extras.accepted:
        return unsure(IDENTITIES, f"{count} linked identities are deleted with it. To keep them, disable it instead.")
    forget_identities(row.key)
    icons.forget(row.key)
    session().delete(row)
    _note("provider.deleted", row, actor, identities=count)
    telling.tell_owners(
        _("The provider %(name)s was deleted.", name=row.display_name), actor=actor, path="/admin/providers"
    )
    return count


def forget_identities(key: str) -> None:
    """Delete every identity at a provider: for those accounts a way in less."""
    statement = delete(UpstreamIdentity).where(UpstreamIdentity.provider == key)
    run(statement.execution_options(synchronize_session=False))


def to_definition(row: UpstreamProvider) -> Definition:
    """Return what a row says."""
    values = {field.name: getattr(row, field.name) for field in fields(Definition)}
    mapping = belonging.show(row.group_mapping)
    return Definition(**values | {"icon": row.icon.partition(":")[0], "group_mapping": mapping})


def describe(row: UpstreamProvider) -> dict[str, Any]:
    """Return what is told of a provider, never its secret."""
    return asdict(to_definition(row)) | {
        "icon": row.icon,
        HAS_SECRET: row.sealed_client_secret is not None,
        "enabled": row.disabled_at is None,
    }


def secret_of(row: UpstreamProvider) -> str | None:
    """Return the client secret of a row, to be sent to its provider and to nobody else."""
    return unseal_secret(row.key, row.sealed_client_secret)


def _columns(definition: Definition, extras: Extras) -> dict[str, Any]:
    values = asdict(definition) | {"group_mapping": belonging.keep(definition.group_mapping) or None}
    for name in ("issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "emails_endpoint"):
        values[name] = values[name] or None
    if definition.icon == icons.OWN:
        del values["icon"]  # the one that is kept stays, unless there is another
        values |= {"icon": icons.name_of(extras.icon)} if extras.icon else {}
    return values


def _told(value: Any) -> Any:
    """Return a value as the log has it: a mapping of groups as lines."""
    return write_groups(value) if isinstance(value, list) and value and isinstance(value[0], dict) else value


def _keep_icon(row: UpstreamProvider, extras: Extras) -> None:
    if not row.icon.startswith(icons.OWN):
        icons.forget(row.key)
    elif extras.icon:
        icons.keep(row.key, extras.icon)


def _tell_others(row: UpstreamProvider, actor: str, said: str) -> None:
    """Tell the administrators: who runs a provider says who somebody is here."""
    telling.tell_owners(said, actor=actor, path=f"/admin/providers/{row.key}")


def _note(event: str, row: UpstreamProvider, actor: str, **detail: Any) -> None:
    session().flush()
    audit.record(event, actor=actor, provider=row.key, **detail)
    after_commit(generation(known.COUNTER).bump)
