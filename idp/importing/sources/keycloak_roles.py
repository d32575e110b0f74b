"""The roles and groups of a realm of Keycloak. What gives rights over Keycloak itself is named, and never comes."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from idp.importing.entries import Duty, RoleName, Team
from idp.importing.sources import files, keycloak_clients, values

DEFAULT = "default-roles-"  # the role that holds all that everybody new gets
INNER = frozenset({"offline_access", "uma_authorization"})
MASTER = "master"  # the realm whose roles give rights over all
MASTERS = frozenset({"admin", "create-realm"})
MANAGEMENT = "realm-management"
PLACEHOLDER = re.compile(r"\$\{.*\}")  # of a text that Keycloak translates
NO_PLACE = "They have no place here."
NO_PERMISSION = "Whoever may do something in Keycloak itself may do nothing here by that: {}."


class Roles:
    """The roles of a realm, with what each is made of. In a file of users alone there are none."""

    def __init__(self, path: Path) -> None:
        self._is_master = _read_realm(path) == MASTER
        self._made_of: dict[RoleName, list[RoleName]] = {}
        self._duties: list[Duty] = []
        defaults: list[RoleName] = []
        for number, role in files.items(path, "roles.realm.item"):
            self._note(f"roles.realm {number}", role, None)
        for _number, by_client in files.items(path, "roles.client"):
            for client, roles in by_client.items() if isinstance(by_client, dict) else ():
                for number, role in enumerate(roles if isinstance(roles, list) else (), 1):
                    self._note(f"roles.client {client} {number}", role, client)
        for role_name in self._made_of:
            if role_name.client_id is None and role_name.name.startswith(DEFAULT):
                defaults.append(role_name)
        self._defaults = frozenset(self.expand(defaults)[0])

    def duties(self) -> Iterator[Duty]:
        """Yield the roles that may come."""
        for duty in self._duties:
            is_default = duty.role in self._defaults
            yield Duty(duty.at, duty.foreign_id, duty.role, duty.description, is_default, duty.lost)

    def read(self, holder: Any) -> tuple[list[RoleName], list[str]]:
        """Return the roles of a person or a group, as `expand` does."""
        by_client = values.mapping(holder, "clientRoles")
        own = [RoleName(name) for name in values.texts(holder, "realmRoles")]
        return self.expand(
            [*own, *(RoleName(name, client) for client in by_client for name in values.texts(by_client, client))]
        )

    def expand(self, names: Iterable[RoleName]) -> tuple[list[RoleName], list[str]]:
        """Return some roles and those that they are made of, as Keycloak tells them to applications; and what else they give there.

        The second are rights over Keycloak itself, as people read them.
        """
        waiting, found = list(names), dict[RoleName, None]()
        rights: dict[str, None] = {}
        passed: set[RoleName] = set()
        while waiting:
            name = waiting.pop(0)
            if name in passed:
                continue
            passed.add(name)
            if self._is_right(name):
                rights[f"{name.client_id or MASTER} {name.name}"] = None
                continue
            waiting += self._made_of.get(name, [])
            if not self._is_inner(name):
                found[name] = None
        return list(found), list(rights)

    def _note(self, at: str, role: Any, client_id: str | None) -> None:
        name = RoleName(values.text(role, "name"), client_id)
        composites = values.mapping(role, "composites")
        by_client = values.mapping(composites, "client")
        self._made_of[name] = [RoleName(one) for one in values.texts(composites, "realm")]
        self._made_of[name] += [
            RoleName(one, client) for client in by_client for one in values.texts(by_client, client)
        ]
        if self._is_inner(name) or self._is_right(name):
            return
        description = values.text(role, "description")
        lost = {"attributes": NO_PLACE} if values.mapping(role, "attributes") else {}
        rights = [one for one in self._made_of[name] if self._is_right(one)]
        if rights:
            lost["permissions"] = tell_rights([f"{one.client_id} {one.name}" for one in rights])
        told = "" if PLACEHOLDER.fullmatch(description) else description
        self._duties.append(Duty(at, values.text(role, "id") or name.name, name, told, lost=lost))

    def _is_inner(self, name: RoleName) -> bool:
        """Return whether a role is Keycloak's own, and nobody needs to hear of it."""
        if name.client_id is not None:
            return name.client_id in keycloak_clients.OWN
        return name.name in INNER or name.name.startswith(DEFAULT)

    def _is_right(self, name: RoleName) -> bool:
        """Return whether a role gives rights over Keycloak itself."""
        if name.client_id is None:
            return self._is_master and name.name in MASTERS
        return name.client_id == MANAGEMENT or (self._is_master and name.client_id.endswith("-realm"))


class Groups:
    """The groups of a realm, and how people name them."""

    def __init__(self, path: Path, roles: Roles) -> None:
        self._path, self._roles = path, roles
        self._by_path: dict[str, tuple[str, ...]] = {}

    def teams(self) -> Iterator[Team]:
        """Yield the groups, each behind the one above it."""
        for number, group in files.items(self._path, "groups.item"):
            waiting: list[tuple[str, tuple[str, ...], Any]] = [(f"groups {number}", (), group)]
            while waiting:
                at, above, one = waiting.pop()
                own = (*above, values.text(one, "name"))
                told = values.text(one, "path")
                # Two groups of one path, since a name has a slash: whom either has is not known.
                self._by_path[told] = own if self._by_path.get(told, own) == own else ("", told)
                yield self._read(at, own, one)
                below = list(enumerate(values.objects(one, "subGroups"), 1))
                waiting += [(f"{at}.{place}", own, child) for place, child in reversed(below)]

    def find(self, told: str) -> tuple[str, ...]:
        """Return the names of a path as a person has it; in a file of users alone there is nothing but that."""
        known = self._by_path.get(told)
        return known or tuple(part.replace("~/", "/") for part in re.split(r"(?<!~)/", told.removeprefix("/")))

    def _read(self, at: str, path: tuple[str, ...], group: Any) -> Team:
        roles, rights = self._roles.read(group)
        lost = {"attributes": NO_PLACE} if values.mapping(group, "attributes") else {}
        if rights:
            lost["permissions"] = tell_rights(rights)
        number = values.text(group, "id") or "/".join(path)
        return Team(at, number, path, values.text(group, "description"), tuple(roles), lost)


def tell_rights(rights: list[str]) -> str:
    """Return the sentence for rights over Keycloak."""
    return NO_PERMISSION.format(", ".join(rights)[:300])


def _read_realm(path: Path) -> str:
    """Return the name of the realm, which stands at the beginning of an export."""
    for _number, name in files.items(path, "realm"):
        return str(name)
    return ""
