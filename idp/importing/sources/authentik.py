"""authentik: a dump of its tables (`ak dumpdata`), the export of its blueprints, or the users that its API lists.

A dump alone has passwords, apps and codes. A blueprint names a record `identifiers` and `attrs` where a dump says `pk` and `fields`.
"""

from collections.abc import Iterator
from typing import Any

from idp.accounts import foreign_hashes
from idp.importing.entries import Application, Entry, Left, Person, Unreadable
from idp.importing.sources import blueprints, files, values
from idp.importing.sources.authentik_groups import Groups
from idp.importing.sources.belongings import Belongings
from idp.importing.sources.leftovers import Leftovers
from idp.importing.sources.one_file import OneFile
from idp.importing.sources.records import Record, read_json

USER, PROVIDER, ROLE = "authentik_core.user", "authentik_core.provider", "authentik_rbac.role"
CLIENT = "authentik_providers_oauth2.oauth2provider"
OTHER_CLIENTS = {
    "authentik_providers_saml.samlprovider": "SAML",
    "authentik_providers_ldap.ldapprovider": "LDAP",
    "authentik_providers_proxy.proxyprovider": "the proxy",
    "authentik_providers_radius.radiusprovider": "RADIUS",
}
SERVICES = ("service_account", "internal_service_account")
OWN = ("AnonymousUser",)


class Authentik(OneFile):
    """One installation."""

    def entries(self) -> Iterator[Entry]:
        """Yield groups, users, then clients, behind a passing that gathers what belongs to users, and the groups."""
        self._left = Leftovers()
        belongings, groups, names = Belongings(), Groups(), dict[str, str]()
        for record in self._read():
            belongings.gather(record)
            groups.gather(record)
            if record.model == PROVIDER:
                names[record.pk] = values.text(record.fields, "name")
            elif record.model == ROLE:  # permissions of its own server
                self._left.note("roles")
        yield from groups.teams()
        for record in self._read():
            if record.model == USER:
                found = _read_user(record, belongings, groups)
                if found is not None:
                    yield found
        for record in self._read():
            if record.model == CLIENT:
                yield _read_client(record, names)
            elif record.model in OTHER_CLIENTS:
                name = values.text(record.fields, "name") or names.get(record.pk, record.pk)
                yield Left(
                    record.at,
                    "client",
                    name,
                    f"It speaks {OTHER_CLIENTS[record.model]}, which has no counterpart here.",
                )

    def _read(self) -> Iterator[Record]:
        """Yield the records of whichever of the three forms the file has."""
        if self.path.suffix.lower() in (".yaml", ".yml"):
            found = blueprints.entries(self.path)
            return (_of_blueprint(f"entry {number}", item) for number, item in found)
        if files.begins_with(self.path) == "[":
            return (_of_dump(f"entry {number}", item) for number, item in files.items(self.path, "item"))
        return self._read_document()

    def _read_document(self) -> Iterator[Record]:
        count = 0
        for prefix, read in (("entries.item", _of_blueprint), ("results.item", _of_api)):
            for number, item in files.items(self.path, prefix):
                count += 1
                yield read(f"{prefix.partition('.')[0]} {number}", item)
        if not count:
            raise Unreadable(f"{self.path.name} is no dump, blueprint or list of users of authentik")


def _read_user(record: Record, belongings: Belongings, groups: Groups) -> Entry | None:
    fields, pk = record.fields, record.pk
    username = values.text(fields, "username")
    if username in OWN:
        return None
    if not pk:
        return Left(record.at, "account", username, "It has no primary key.")
    if values.text(fields, "type") in SERVICES or username.startswith("ak-outpost-"):
        return Left(record.at, "service account", pk, "It stands for a program, which needs no account here.")
    told = "groups" if "groups" in fields else "ak_groups"
    hashed = values.text(fields, "password")
    given, _space, family = values.text(fields, "name").strip().rpartition(" ")
    lost = dict(belongings.lost.get(pk, {}))
    return Person(
        at=record.at,
        foreign_id=pk,
        email=values.text(fields, "email"),
        username=username,
        given_name=given or family,
        family_name=family if given else "",
        attributes=values.flat(read_json(fields.get("attributes"))),
        password=foreign_hashes.read(hashed) if hashed and not hashed.startswith("!") else None,
        disabled=not values.flag(fields, "is_active", True),
        created_at=values.instant(fields.get("date_joined")),
        seeds=tuple(belongings.seeds.get(pk, ())),
        codes=tuple(belongings.codes.get(pk, ())),
        groups=tuple(groups.path(pk) for pk in values.keys(fields, told)),
        lost=lost,
        subject=values.text(fields, "uid") or None,
    )


def _of_dump(at: str, item: Any) -> Record:
    if "attrs" in item if isinstance(item, dict) else False:
        return _of_blueprint(at, item)
    return Record(at, values.text(item, "model").lower(), values.text(item, "pk"), values.mapping(item, "fields"))


def _of_blueprint(at: str, item: Any) -> Record:
    identifiers = values.mapping(item, "identifiers")
    fields = {**values.mapping(item, "attrs"), **{name: identifiers[name] for name in identifiers if name != "pk"}}
    return Record(at, values.text(item, "model").lower(), values.text(identifiers, "pk"), fields)


def _of_api(at: str, item: Any) -> Record:
    return Record(at, USER, values.text(item, "pk"), item if isinstance(item, dict) else {})


def _read_client(record: Record, names: dict[str, str]) -> Entry:
    fields = record.fields
    client_id = values.text(fields, "client_id")
    if not client_id:
        return Left(record.at, "client", record.pk, "It has no client_id.")
    lost: dict[str, str] = {}
    is_public = values.text(fields, "client_type") == "public"
    return Application(
        at=record.at,
        foreign_id=client_id,
        members={
            "client_name": values.text(fields, "name") or names.get(record.pk) or client_id,
            "redirect_uris": _read_redirects(fields, lost),
            "grant_types": ["authorization_code", "refresh_token", *([] if is_public else ["client_credentials"])],
            "token_endpoint_auth_method": "none" if is_public else "client_secret_basic",
            "require_pkce": is_public,
            "claims_in_id_token": values.flag(fields, "include_claims_in_id_token"),
            "first_party": True,
        },
        secret=values.text(fields, "client_secret") or None,
        lost=lost,
    )


def _read_redirects(fields: Any, lost: dict[str, str]) -> list[str]:
    """Return the addresses that are compared whole; earlier releases had them in lines, of patterns or not."""
    told = fields.get("redirect_uris", fields.get("_redirect_uris"))
    if isinstance(told, str):
        return told.split()
    uris = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    patterns = [values.text(one, "url") for one in uris if values.text(one, "matching_mode") == "regex"]
    if patterns:
        lost["redirect_uris"] = (
            f"These are patterns, and this server compares whole addresses: {', '.join(patterns)[:300]}."
        )
    return [values.text(one, "url") for one in uris if values.text(one, "matching_mode") != "regex"]
