"""Auth0: the export of users, the file of password hashes that its support makes, and the list of applications.

The users' export is what the import and export extension or an export job writes, a user a line, or an array of the same, as the import
of users takes it. Hashes stand in a file of their own, a user a line as its database (MongoDB) has it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from idp.accounts import foreign_hashes
from idp.accounts.foreign_hashes import Unfit
from idp.importing.entries import Application, Counted, Duty, Entry, Left, Person, RoleName, Seed, Team
from idp.importing.sources import files, values
from idp.importing.sources.seeds import read_base32

DATABASE = "auth0"  # the strategy of people with a password
CLAIMS = {"nickname": "nickname", "picture": "picture", "locale": "locale", "phone_number": "phone_number"}
METHODS = {"none": "none", "client_secret_post": "client_secret_post", "client_secret_basic": "client_secret_basic"}
NO_PASSWORD = "The person signs in with another provider there, and has no password."  # noqa: S105 - a sentence
STANDING = frozenset({"groups", "roles", "authorization"})  # of app_metadata
NO_HASH = "The file of hashes has none of this person."


class Auth0:
    """One tenant: the file of users, with a file of hashes and one of applications where there are any."""

    def __init__(self, path: Path, name: str, *, hashes: Path | None = None, clients: Path | None = None) -> None:
        self.path, self.name, self.hashes, self.clients = path, name, hashes, clients

    def digest(self) -> bytes:
        """Return the digest of the files."""
        return files.digest(*[path for path in (self.path, self.hashes, self.clients) if path is not None])

    def entries(self) -> Iterator[Entry]:
        """Yield roles and groups that users have, users, then applications; of the file of hashes alone, the users that it names."""
        yield from self._gather()
        hashes = self._read_hashes()
        for number, user in _read(self.path):
            yield self._read_user(f"entry {number}", user, hashes)
        if self.clients is not None:
            for number, client in _read(self.clients):
                yield _read_client(f"clients {number}", client)

    def uncounted(self) -> list[Counted]:
        """Return nothing: whatever is read here has its place."""
        return []

    def _gather(self) -> Iterator[Entry]:
        """Yield each role and group at the first user that has it; no export has a list of them."""
        groups: dict[str, str] = {}
        roles: dict[str, str] = {}
        for number, user in _read(self.path):
            for name in _read_names(user, "groups"):
                groups.setdefault(name, f"entry {number}")
            for name in _read_names(user, "roles"):
                roles.setdefault(name, f"entry {number}")
        for name, at in roles.items():
            yield Duty(at, name, RoleName(name))
        for name, at in groups.items():
            yield Team(at, name, (name,))

    def _read_hashes(self) -> dict[str, str] | None:
        """Return the hashes by the identifier of users; None where there is no file of them."""
        if self.hashes is None:
            return None
        return {_number(user): values.text(user, "passwordHash") for _line, user in _read(self.hashes)}

    def _read_user(self, at: str, user: Any, hashes: Mapping[str, str] | None) -> Entry:
        number = values.text(user, "user_id", "Id") or _number(user)
        if not number:
            return Left(at, "account", "", "It has no user_id.")
        identifiers = {values.text(one, "type"): one for one in values.objects(user, "identifiers")}
        own = identifiers.get("email", {})
        lost: dict[str, str] = {}
        seeds = _read_factors(user, lost)
        metadata = values.mapping(user, "app_metadata")
        if values.mapping(user, "user_metadata") or metadata.keys() - STANDING:
            lost["metadata"] = "user_metadata and app_metadata have no place here, but for groups and roles."
        if values.texts(values.mapping(metadata, "authorization"), "permissions"):
            lost["permissions"] = "Permissions have no place here; roles say who may do what."
        full = "|" in number
        return Person(
            at=at,
            foreign_id=number.removeprefix(f"{DATABASE}|"),
            email=values.text(user, "email", "Email") or values.text(own, "value"),
            verified=values.flag(user, "email_verified", values.flag(own, "verified")),
            username=values.text(user, "username"),
            given_name=values.text(user, "given_name"),
            family_name=values.text(user, "family_name"),
            claims={CLAIMS[name]: values.text(user, name) for name in CLAIMS if values.text(user, name)},
            password=_read_password(number, user, hashes),
            disabled=values.flag(user, "blocked"),
            created_at=values.instant(user.get("created_at")),
            seeds=tuple(seeds),
            groups=tuple((name,) for name in _read_names(user, "groups")),
            roles=tuple(RoleName(name) for name in _read_names(user, "roles")),
            lost=lost,
            subject=number if full else f"{DATABASE}|{number}",
        )


def _read(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield the values of an array, or of lines."""
    return files.items(path, "item") if files.begins_with(path) == "[" else files.lines(path)


def _read_names(user: Any, kind: str) -> list[str]:
    """Return the groups or roles of a user: of its metadata itself, and those that the Authorization Extension keeps there."""
    metadata = values.mapping(user, "app_metadata")
    own = values.texts(metadata, kind) + values.texts(values.mapping(metadata, "authorization"), kind)
    return list(dict.fromkeys(own))


def _number(user: Any) -> str:
    """Return the identifier of a user in the file of hashes: `alt_id` where there is one, else that of the database."""
    return values.text(user, "alt_id") or values.text(user.get("_id") if isinstance(user, dict) else None, "$oid")


def _read_password(number: str, user: Any, hashes: Mapping[str, str] | None) -> str | Unfit | None:
    strategy, _sign, bare = number.rpartition("|")
    if "custom_password_hash" in user:
        return foreign_hashes.read_auth0(user["custom_password_hash"])
    hashed = values.text(user, "passwordHash", "password_hash") or (hashes or {}).get(bare, "")
    if hashed:
        return foreign_hashes.read(hashed)
    if strategy not in ("", DATABASE):
        return Unfit(NO_PASSWORD)
    return Unfit(NO_HASH) if hashes is not None else None


def _read_factors(user: Any, lost: dict[str, str]) -> list[Seed]:
    """Return the authenticator apps of `mfa_factors`, and say in `lost` what else people prove themselves with."""
    seeds = []
    for factor in values.objects(user, "mfa_factors"):
        secret = read_base32(values.text(values.mapping(factor, "totp"), "secret"))
        if secret is not None:
            seeds.append(Seed("", secret))
        else:
            lost["authenticator"] = f"There is no factor of its kind here ({', '.join(map(str, factor))[:40]})."
    if "mfa_factors" not in user and (
        values.texts(user, "multifactor") or values.objects(user, "guardian_authenticators")
    ):
        lost["authenticator"] = "Auth0 exports no secrets of factors. The person sets up an app after signing in."
    others = [one for one in values.objects(user, "identities") if values.text(one, "provider") not in ("", DATABASE)]
    if others:
        lost["identities"] = "Which identities elsewhere are whose could not come yet. The person connects them again."
    return seeds


def _read_client(at: str, client: Any) -> Entry:
    """Return an application as the Management API lists it (`auth0 apps list --json --reveal-secrets`)."""
    client_id = values.text(client, "client_id")
    if not client_id or values.flag(client, "global"):
        return Left(at, "client", client_id, "It is Auth0's own." if client_id else "It has no client_id.")
    method = values.text(client, "token_endpoint_auth_method") or "client_secret_basic"
    kind = values.text(client, "app_type")
    return Application(
        at=at,
        foreign_id=client_id,
        members={
            "client_name": values.text(client, "name") or client_id,
            "redirect_uris": values.texts(client, "callbacks"),
            "post_logout_redirect_uris": values.texts(client, "allowed_logout_urls"),
            "grant_types": values.texts(client, "grant_types") or ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": METHODS.get(method, method),
            "application_type": "native" if kind == "native" else "web",
            "first_party": values.flag(client, "is_first_party"),
            "require_pkce": method == "none",
            "logo_uri": values.text(client, "logo_uri") or None,
            "initiate_login_uri": values.text(client, "initiate_login_uri") or None,
        },
        secret=values.text(client, "client_secret") or None,
    )
