"""Django: users of `django.contrib.auth`, with what allauth and django-otp keep of them, and applications of the OAuth toolkit."""

from collections.abc import Iterator

from idp.accounts import foreign_hashes
from idp.importing.entries import Application, Counted, Entry, Left, Person
from idp.importing.sources import values
from idp.importing.sources.belongings import MODELS, Belongings
from idp.importing.sources.leftovers import Leftovers
from idp.importing.sources.records import Record, Records

GROUP, APPLICATION = "auth.group", "oauth2_provider.application"
USER_GROUPS = "auth.user_groups"  # as a database has them; dumps have a list at each user
GRANTS = {
    "authorization-code": ["authorization_code", "refresh_token"],
    "openid-hybrid": ["authorization_code", "implicit", "refresh_token"],
    "client-credentials": ["client_credentials"],
}
HASHED = "pbkdf2_"  # how the toolkit keeps a client's secret unless it is told otherwise


def models(user_model: str) -> tuple[str, ...]:
    """Return the models that are read, users among them."""
    return (user_model, *MODELS, GROUP, USER_GROUPS, APPLICATION)


class Django:
    """The records of one application."""

    def __init__(self, records: Records, name: str, user_model: str = "auth.user") -> None:
        self.records, self.name, self.user_model = records, name, user_model
        self._left = Leftovers()

    def digest(self) -> bytes:
        """Return the digest of the records."""
        return self.records.digest()

    def entries(self) -> Iterator[Entry]:
        """Yield users, then applications, in two passings behind one that gathers what belongs to users."""
        self._left = Leftovers()
        belongings = Belongings()
        for record in self.records.read():
            belongings.gather(record)
        for record in self.records.read():
            if record.model == self.user_model:
                yield self._read_user(record, belongings)
            elif not record.model:
                yield Left(record.at, "record", record.pk, "It names no model.")
            elif record.model == GROUP:
                self._left.groups()
            elif record.model == USER_GROUPS:
                self._left.memberships(groups=1)
        for record in self.records.read():
            if record.model == APPLICATION:
                yield _read_application(record)

    def uncounted(self) -> list[Counted]:
        """Return what could not come yet."""
        return self._left.counted()

    def _read_user(self, record: Record, belongings: Belongings) -> Entry:
        fields, pk = record.fields, record.pk
        if not pk:
            return Left(record.at, "account", "", "It has no primary key; dump without --natural-primary.")
        groups = fields.get("groups")
        self._left.memberships(groups=len(groups) if isinstance(groups, list) else 0)
        self._left.roles(sum(values.flag(fields, name) for name in ("is_staff", "is_superuser")))
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
            lost=belongings.lost.get(pk, {}),
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
