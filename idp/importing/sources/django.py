"""Django: users of `django.contrib.auth`, with what allauth and django-otp keep of them, and applications of the OAuth toolkit."""

from collections import defaultdict
from collections.abc import Iterator

from idp.accounts import foreign_hashes
from idp.importing.entries import Application, Counted, Entry, Left, Person, Team
from idp.importing.sources import values
from idp.importing.sources.belongings import MODELS, Belongings
from idp.importing.sources.records import Record, Records

GROUP, APPLICATION = "auth.group", "oauth2_provider.application"
NO_PERMISSION = "{} open nothing here: administrators of this server are made one by one."
MODEL_PERMISSIONS = "Permissions of Django's models have no place here."
GRANTS = {
    "authorization-code": ["authorization_code", "refresh_token"],
    "openid-hybrid": ["authorization_code", "implicit", "refresh_token"],
    "client-credentials": ["client_credentials"],
}
HASHED = "pbkdf2_"  # how the toolkit keeps a client's secret unless it is told otherwise


def models(user_model: str) -> tuple[str, ...]:
    """Return the models that are read, users among them."""
    return (user_model, *MODELS, GROUP, user_groups(user_model), APPLICATION)


def user_groups(user_model: str) -> str:
    """Return the name of the table that says who is in which group; dumps have a list at each user instead."""
    return f"{user_model}_groups"


class Groups:
    """The groups of a site, and who is in which, as far as a table says so."""

    def __init__(self, user_model: str) -> None:
        self._names: dict[str, str] = {}  # by key
        self._natural: set[str] = set()  # names, by which a dump with natural keys says who is in which
        self._teams: list[Team] = []
        self._members: dict[str, list[str]] = defaultdict(list)
        self._user, self._table = user_model.partition(".")[2], user_groups(user_model)

    def gather(self, record: Record) -> None:
        """Take up a record that is a group, or says who is in one."""
        if record.model == GROUP:
            name = values.text(record.fields, "name")
            self._natural.add(name)
            if record.pk:
                self._names[record.pk] = name
            lost = {"permissions": MODEL_PERMISSIONS} if record.fields.get("permissions") else {}
            self._teams.append(Team(record.at, record.pk or name, (name,), lost=lost))
        elif record.model == self._table:
            user = values.text(record.fields, "user_id", f"{self._user}_id")
            self._members[user].append(values.text(record.fields, "group_id"))

    def teams(self) -> list[Team]:
        """Return the groups."""
        return self._teams

    def of(self, record: Record) -> tuple[tuple[str, ...], ...]:
        """Return the paths of the groups that a user is in; of one that is not there what is none."""
        told = [*values.keys(record.fields, "groups"), *self._members.get(record.pk, ())]
        found = [(self._names[key],) if key in self._names else ("", key) for key in told]
        listed = record.fields.get("groups")
        for key in listed if isinstance(listed, list) else ():
            name = values.text({"name": key[0]}, "name") if isinstance(key, list) and key else ""
            if name:
                found.append((name,) if name in self._natural else ("", name))
        return tuple(found)


class Django:
    """The records of one application."""

    def __init__(self, records: Records, name: str, user_model: str = "auth.user") -> None:
        self.records, self.name, self.user_model = records, name, user_model

    def digest(self) -> bytes:
        """Return the digest of the records."""
        return self.records.digest()

    def entries(self) -> Iterator[Entry]:
        """Yield groups, users, then applications, behind a passing that gathers groups and what belongs to users."""
        belongings, groups = Belongings(), Groups(self.user_model)
        for record in self.records.read():
            belongings.gather(record)
            groups.gather(record)
        yield from groups.teams()
        for record in self.records.read():
            if record.model == self.user_model:
                yield _read_user(record, belongings, groups)
            elif not record.model:
                yield Left(record.at, "record", record.pk, "It names no model.")
        for record in self.records.read():
            if record.model == APPLICATION:
                yield _read_application(record)

    def uncounted(self) -> list[Counted]:
        """Return nothing: whatever is read here has its place."""
        return []


def _read_user(record: Record, belongings: Belongings, groups: Groups) -> Entry:
    fields, pk = record.fields, record.pk
    if not pk:
        return Left(record.at, "account", "", "It has no primary key; dump without --natural-primary.")
    lost = dict(belongings.lost.get(pk, {}))
    flags = [name for name in ("is_staff", "is_superuser") if values.flag(fields, name)]
    if flags:
        lost["permissions"] = NO_PERMISSION.format(" and ".join(flags))
    email, hashed = values.text(fields, "email"), values.text(fields, "password")
    return Person(
        at=record.at,
        foreign_id=pk,
        email=email,
        verified=belongings.is_proved(pk, email),
        username=values.text(fields, "username"),
        given_name=values.text(fields, "first_name"),
        family_name=values.text(fields, "last_name"),
        password=foreign_hashes.read(hashed) if hashed and not hashed.startswith("!") else None,
        disabled=not values.flag(fields, "is_active", True),
        created_at=values.instant(fields.get("date_joined")),
        seeds=tuple(belongings.seeds.get(pk, ())),
        codes=tuple(belongings.codes.get(pk, ())),
        groups=groups.of(record),
        lost=lost,
    )


def _read_application(record: Record) -> Entry:
    fields = record.fields
    client_id = values.text(fields, "client_id")
    if not client_id:
        return Left(record.at, "client", record.pk, "It has no client_id.")
    is_public = values.text(fields, "client_type") == "public"
    grant, secret = values.text(fields, "authorization_grant_type"), values.text(fields, "client_secret")
    return Application(
        at=record.at,
        foreign_id=client_id,
        members={
            "client_name": values.text(fields, "name") or client_id,
            "redirect_uris": values.text(fields, "redirect_uris").split(),
            "post_logout_redirect_uris": values.text(fields, "post_logout_redirect_uris").split(),
            "grant_types": GRANTS.get(grant, [grant]),
            "token_endpoint_auth_method": "none" if is_public else "client_secret_basic",
            "id_token_signed_response_alg": values.text(fields, "algorithm") or None,
            "first_party": values.flag(fields, "skip_authorization"),
        },
        secret=secret if secret and not secret.startswith(HASHED) else None,
    )
