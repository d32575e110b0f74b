"""How directories name people and groups: `userName`, which is unique among all, and `externalId`, which is each client's own.

A `userName` that fits the rules of usernames is the account's username, too, so that the person can sign in with it; an address, or
whatever else a directory has, is its name for directories alone.
"""

from sqlalchemy import delete

from idp.accounts import identity
from idp.base import writing
from idp.base.database import connection, insert_into, run, session
from idp.scim.models import LONGEST_NAME, ScimGroupId, ScimUserId
from idp.scim.people_query import by_user_name
from idp.scim.problem import INVALID_VALUE, bad, taken

Ids = type[ScimUserId] | type[ScimGroupId]


def fold(user_name: str) -> str:
    """Return the form in which a `userName` is compared.

    Raises:
        Problem: `invalidValue`, for one that is too long, or that nobody could read.
    """
    folded = writing.fold(user_name.strip()) if len(user_name) <= LONGEST_NAME else ""
    if not folded or len(folded) > LONGEST_NAME or writing.find_fault(user_name) is not None:
        raise bad(INVALID_VALUE, f"userName must be a text of 1 to {LONGEST_NAME} characters that can be read.")
    return folded


def refuse_taken(user_name: str, *, but: int | None = None) -> None:
    """Refuse a `userName` by which directories know another account than `but`.

    Raises:
        Problem: `uniqueness`, and as of `fold`.
    """
    if any(number != but for number in session().scalars(by_user_name(fold(user_name)))):
        raise taken(f"userName: “{user_name}” is the name of another account.")


def username_for(user_name: str, *, but: int | None = None) -> str | None:
    """Return the username that an account gets with a `userName`; None for one that is no username, or that somebody has left lately."""
    is_free = identity.check_username(user_name, but=but, by_operator=True) is None
    return user_name if is_free else None


def put_external(table: Ids, client_id: str, key: int, external_id: str | None) -> None:
    """Keep how a client names an account or a group; None for no more.

    Raises:
        Problem: `invalidValue`, for a name that is too long.
    """
    owner = _owner(table)
    if external_id is None:
        is_it = (table.client_id == client_id) & (getattr(table, owner) == key)
        run(delete(table).where(is_it).execution_options(synchronize_session=False))
        return
    if len(external_id) > LONGEST_NAME:
        raise bad(INVALID_VALUE, f"externalId is longer than {LONGEST_NAME} characters.")
    new = insert_into(table).values(**{"client_id": client_id, owner: key, "external_id": external_id})
    keys = [table.client_id, getattr(table, owner)]
    connection().execute(new.on_conflict_do_update(index_elements=keys, set_={"external_id": external_id}))


def forget_client(client_id: str) -> None:
    """Forget how a client that is being deleted names anything."""
    for table in (ScimUserId, ScimGroupId):
        run(delete(table).where(table.client_id == client_id).execution_options(synchronize_session=False))


def _owner(table: Ids) -> str:
    return "account_id" if table is ScimUserId else "group_id"
