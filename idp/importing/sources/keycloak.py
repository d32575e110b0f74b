"""Keycloak: the export of a realm with its users, in one file (`kc.sh export --users same_file`) or the users' files beside it."""

from collections.abc import Iterator, Mapping
from typing import Any

from idp.accounts import foreign_hashes
from idp.importing.entries import Entry, Left, Person, Seed
from idp.importing.sources import files, keycloak_clients, values
from idp.importing.sources.keycloak_roles import Groups, Roles, tell_rights
from idp.importing.sources.leftovers import Leftovers
from idp.importing.sources.one_file import OneFile
from idp.importing.sources.seeds import read_base32
from idp.keys.parsing import read_object

# The attributes that Keycloak's own mappers tell as standard claims.
CLAIMS = {
    "middleName": "middle_name",
    "nickname": "nickname",
    "profile": "profile",
    "picture": "picture",
    "website": "website",
    "gender": "gender",
    "birthdate": "birthdate",
    "zoneinfo": "zoneinfo",
    "locale": "locale",
    "phoneNumber": "phone_number",
    "street": "address.street_address",
    "locality": "address.locality",
    "region": "address.region",
    "postal_code": "address.postal_code",
    "country": "address.country",
}
UNCOUNTED = {"identity providers": "identityProviders.item", "default groups": "defaultGroups.item"}
SILENT = frozenset({"phoneNumberVerified", "LDAP_ID", "LDAP_ENTRY_DN", "createTimestamp", "modifyTimestamp"})
PASSKEYS = ("webauthn", "webauthn-passwordless")
OTHER_CODES = (
    "Its codes are not of six digits from SHA-1 every 30 seconds. The person sets up a new app after signing in."
)


class Keycloak(OneFile):
    """One realm."""

    def entries(self) -> Iterator[Entry]:
        """Yield clients, roles, groups, then users."""
        self._left = Leftovers()
        for number, client in files.items(self.path, "clients.item"):
            found = keycloak_clients.read(f"clients {number}", client)
            if found is not None:
                yield found
        roles = Roles(self.path)
        yield from roles.duties()
        groups = Groups(self.path, roles)
        yield from groups.teams()
        for number, user in files.items(self.path, "users.item"):
            yield _read_user(f"users {number}", user, roles, groups)
        for kind, prefix in UNCOUNTED.items():
            self._left.note(kind, sum(1 for _one in files.items(self.path, prefix)))


def _read_user(at: str, user: Any, roles: Roles, groups: Groups) -> Entry:
    number = values.text(user, "id", "username")
    if not number:
        return Left(at, "account", "", "It has neither id nor username.")
    client = values.text(user, "serviceAccountClientId")
    if client:
        return Left(at, "service account", number, f"It stands for the client {client}, which needs no account here.")
    own, rights = roles.read(user)
    lost: dict[str, str] = {"permissions": tell_rights(rights)} if rights else {}
    seeds = _read_credentials(user, lost)
    claims, others = _read_attributes(values.mapping(user, "attributes"))
    return Person(
        at=at,
        foreign_id=number,
        email=values.text(user, "email"),
        verified=values.flag(user, "emailVerified"),
        username=values.text(user, "username"),
        given_name=values.text(user, "firstName"),
        family_name=values.text(user, "lastName"),
        claims=claims,
        attributes=others,
        password=_read_password(user),
        disabled=not values.flag(user, "enabled", True),
        created_at=values.instant(user.get("createdTimestamp")),
        seeds=tuple(seeds),
        groups=tuple(groups.find(told) for told in values.texts(user, "groups")),
        roles=tuple(own),
        lost=lost,
        subject=values.text(user, "id") or None,
    )


def _read_password(user: Any) -> str | foreign_hashes.Unfit | None:
    for credential in values.objects(user, "credentials"):
        if credential.get("type") == "password":
            return foreign_hashes.read_keycloak(dict(credential))
    return None


def _read_credentials(user: Any, lost: dict[str, str]) -> list[Seed]:
    """Return the authenticator apps, and say in `lost` what else there is."""
    seeds = []
    for credential in values.objects(user, "credentials"):
        kind = credential.get("type")
        if kind in ("otp", "totp", "hotp"):
            seed = _read_seed(credential)
            if seed is None:
                lost["authenticator"] = OTHER_CODES
            else:
                seeds.append(seed)
        elif kind in PASSKEYS:
            lost["passkeys"] = "A passkey belongs to the host where it was made. The person makes a new one."
        elif kind == "recovery-authn-codes":
            lost["recovery_codes"] = "Only their digests are in the export. The person makes new ones."
    if values.objects(user, "federatedIdentities"):
        lost["identities"] = "Which identities elsewhere are whose could not come yet. The person connects them again."
    actions = values.texts(user, "requiredActions")
    if actions:
        lost["required_actions"] = f"Nobody is asked for these: {', '.join(actions)[:200]}."
    return seeds


def _read_seed(credential: Mapping[str, Any]) -> Seed | None:
    """Return the secret of an app that is like ours; None for any other."""
    secret, data = _read_json(credential, "secretData"), _read_json(credential, "credentialData")
    value = values.text(secret, "value") or values.text(credential, "value")
    kind = values.text(data, "subType") or values.text(credential, "type")
    counts = (data.get("digits", 6), data.get("period", 30), data.get("algorithm", "HmacSHA1"))
    if kind not in ("totp", "otp") or counts != (6, 30, "HmacSHA1") or not value:
        return None
    raw = value.encode()
    if values.text(data, "secretEncoding") == "BASE32":
        found = read_base32(value)
        if found is None:
            return None
        raw = found
    return Seed(values.text(credential, "userLabel"), raw)


def _read_json(credential: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = credential.get(name)
    return (read_object(value) or {}) if isinstance(value, str) else values.mapping(credential, name)


def _read_attributes(attributes: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what Keycloak tells as standard claims, and the others, several values of one with commas between."""
    claims: dict[str, str] = {}
    others: dict[str, str] = {}
    for name in attributes:
        found = values.texts(attributes, name)
        if name in CLAIMS and found:
            claims[CLAIMS[name]] = found[0]
        elif found and name not in SILENT:
            others[name] = ", ".join(found)
    return claims, others
