"""What people have in custom attributes: read from what was typed, changed by the person or an administrator, and shown.

The values are columns of the account, so that they are held, downloaded and erased with it. The audit log says which attributes
were changed, and not what anybody has in them: it keeps nothing personal that outlives the account.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Select, select

from idp import audit
from idp.accounts import taking
from idp.accounts.models import Account
from idp.attributes import known, service, values
from idp.attributes.definition import Definition, of
from idp.attributes.models import Attribute
from idp.base import clock
from idp.base.database import session
from idp.base.outcome import Reason, Refused

Values = dict[str, Any]


def read(texts: Mapping[str, str], definitions: Iterable[Definition]) -> Values | list[Refused]:
    """Return what is kept of texts by name, empty ones left out, or everything that is wrong with them.

    Refusals: ATTRIBUTE_INVALID with a sentence, UNKNOWN for what is none of these definitions.
    """
    by_name = {definition.name: definition for definition in definitions}
    found: Values = {}
    refusals: list[Refused] = []
    for name, text in texts.items():
        if name not in by_name:
            names = ", ".join(by_name) or "none"
            refusals.append(Refused(Reason.UNKNOWN, name, detail=f"There is no such attribute. Known are: {names}."))
        elif text.strip():
            value = values.read(by_name[name], text)
            if isinstance(value, values.Wrong):
                refusals.append(Refused(Reason.ATTRIBUTE_INVALID, name, detail=value.sentence))
            else:
                found[name] = value
    return refusals or found


def change(
    account: Account,
    texts: Mapping[str, str],
    *,
    actor: str | None = None,
    source: str | None = None,
) -> list[Refused]:
    """Change what texts name, all of it or nothing, and return what was wrong; an empty text takes a value away.

    `actor` is the administrator who does it for the person, and may change everything; the person changes what is theirs to edit. What
    stays as it is is not looked at again. Refusals: those of `read`, ATTRIBUTE_NEEDED.
    """
    definitions = [one for one in known.custom() if actor is not None or one.is_edited]
    kept = account.attributes or {}
    new = {name: text for name, text in texts.items() if text.strip() != values.show(kept.get(name))}
    found = read(new, definitions)
    refusals = found if isinstance(found, list) else []
    refusals += [
        Refused(Reason.ATTRIBUTE_NEEDED, one.name)
        for one in definitions
        if one.required and one.name in texts and not texts[one.name].strip() and (actor is None or not one.is_edited)
    ]
    if refusals or isinstance(found, list):
        return refusals
    wanted = {name: value for name, value in (kept | found).items() if name not in new or name in found}
    if wanted == kept:
        return []
    account.attributes, account.updated_at = wanted or None, clock.now()
    session().flush()
    changed = ", ".join(sorted(name for name in new if wanted.get(name) != kept.get(name)))
    filled = (", ".join(sorted(kept)), ", ".join(sorted(wanted)))
    audit.record(
        "account.attributes_changed",
        subject=account.sub,
        actor=actor,
        source=source,
        attributes=changed,
        changes={"filled": filled},
    )
    return []


def remove(row: Attribute, *, actor: str) -> None:
    """Delete a locked attribute. What people have in it is forgotten by the next purge, and the row at once where nobody has anything."""
    is_custom = of(row).is_custom
    service.remove(row, actor=actor)
    anybody = select(Account.id).where(Account.attributes.is_not(None)).limit(1)
    if is_custom and session().scalar(anybody) is None:
        session().delete(row)
        session().flush()


def purge(limit: int) -> int:
    """Forget what up to `limit` accounts have in attributes that were deleted, and each of these once nobody has anything in it."""
    done = 0
    while done < limit and (row := session().scalar(_removed())) is not None:
        done += _forget(row, limit - done)
    return done


def texts(account: Account, definitions: Iterable[Definition]) -> dict[str, str]:
    """Return what somebody has in some attributes as they would type it, empty for nothing."""
    kept = account.attributes or {}
    return {definition.name: values.show(kept.get(definition.name)) for definition in definitions}


def of_administrators(account: Account) -> Values | None:
    """Return what an account has in attributes that only administrators edit: it stays whoever turns out to own the address."""
    own = {one.name for one in known.custom() if not one.is_edited}
    return {name: value for name, value in (account.attributes or {}).items() if name in own} or None


def _removed() -> Select[Attribute]:
    removed = select(Attribute).where(Attribute.removed_at.is_not(None)).order_by(Attribute.name)
    return removed.limit(1).with_for_update(skip_locked=True)


def _forget(row: Attribute, limit: int) -> int:
    """Forget an attribute of the next accounts, or of all that are left, and then the attribute itself."""
    some = select(Account.id).where(Account.id > row.swept_to, Account.attributes.is_not(None))
    numbers = session().scalars(some.order_by(Account.id).limit(limit)).all()
    taking.take_many(numbers)
    query = select(Account).where(Account.id.in_(numbers))
    for account in session().scalars(query, execution_options={"populate_existing": True}) if numbers else ():
        kept = account.attributes or {}
        if row.name in kept:
            account.attributes = {name: value for name, value in kept.items() if name != row.name} or None
    if len(numbers) < limit:
        session().delete(row)
    else:
        row.swept_to = numbers[-1]
    session().flush()
    return len(numbers)
