"""The rows of groups and roles: a tree of groups, and who belongs to which and has which roles, some until a day."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from idp.base import finding
from idp.base.writing import fold
from tests.seed import names
from tests.seed.filling import Row
from tests.seed.protocol import Protocol
from tests.seed.times import Times

BELOW = 8  # groups right below one
DEEPEST = 5
SERVER_ROLES = 20
SHARES = (0.4, 0.3, 0.15, 0.1, 0.05)  # of people who are in none, one, two, three and eight groups
NUMBERS = (0, 1, 2, 3, 8)


@dataclass
class Standing:
    """A group for each fifty of so many people, twenty at least, and roles of the server and of one client of five."""

    count: int
    random: Random
    times: Times
    protocol: Protocol

    GROUPS = ("id", "parent_id", "name", "path", "path_folded", "depth", "description", "created_at", "updated_at")
    ANCESTORS = ("group_id", "ancestor_id", "distance")
    GROUP_WORDS = ("group_id", "word")
    MEMBERS = ("account_id", "group_id", "added_at", "ends_at")
    OWNERS = ("account_id", "group_id", "added_at")
    CLIENT_GROUPS = ("client_id", "group_id")
    ROLES = ("id", "client_id", "name", "name_folded", "description", "default_from", "created_at", "updated_at")
    ROLE_WORDS = ("role_id", "word")
    HOLDERS = ("account_id", "role_id", "given_at", "ends_at")
    GROUP_ROLES = ("group_id", "role_id", "given_at", "ends_at")

    def __post_init__(self) -> None:
        self.group_count = max(20, self.count // 50)
        self._paths: list[str] = [""]
        self._above: list[list[int]] = [[]]
        self._roles: list[tuple[str | None, str]] = []

    def groups(self) -> Iterator[Row]:
        """Yield the groups, each behind the one above it."""
        for number in range(1, self.group_count + 1):
            parent = self._parent(number)
            above = [parent, *self._above[parent]] if parent else []
            name = f"{self.random.choice(names.OWNERS)} {number}"
            path = f"{self._paths[parent]}/{name}"
            self._paths.append(path)
            self._above.append(above)
            made = self.times.past(730)
            yield number, parent or None, name, path, fold(path), len(above) + 1, "", made, made

    def ancestors(self) -> Iterator[Row]:
        """Yield the tree as pairs."""
        for number in range(1, self.group_count + 1):
            for distance, above in enumerate([number, *self._above[number]]):
                yield number, above, distance

    def group_words(self) -> Iterator[Row]:
        """Yield the words by which groups are found."""
        for number in range(1, self.group_count + 1):
            for word in sorted(set(finding.split(self._paths[number]))):
                yield number, word

    def members(self) -> Iterator[Row]:
        """Yield who belongs to which group; one membership of twenty has an end, half of them in the past."""
        random = self.random
        for account in range(1, self.count + 1):
            number = random.choices(NUMBERS, SHARES)[0]
            # The first groups have many more members than the last.
            own = {1 + int(self.group_count * random.random() ** 2) for _each in range(number)}
            for group in sorted(own):
                ends = self.times.around(60) if random.random() < 0.05 else None
                yield account, group, self.times.past(730), ends

    def owners(self) -> Iterator[Row]:
        """Yield an owner for each group."""
        for group in range(1, self.group_count + 1):
            yield 1 + self.random.randrange(self.count), group, self.times.past(730)

    def client_groups(self) -> Iterator[Row]:
        """Yield which clients let in the members of some groups."""
        for client_id in self.protocol.client_ids[::4]:
            yield client_id, 1 + self.random.randrange(self.group_count)

    def roles(self) -> Iterator[Row]:
        """Yield the roles; one of the server is everybody's who is new."""
        self._roles = [(None, f"duty-{number}") for number in range(1, SERVER_ROLES + 1)]
        self._roles += [(client_id, f"own-{level}") for client_id in self.protocol.client_ids[::5] for level in (1, 2)]
        for number, (client_id, name) in enumerate(self._roles, 1):
            made = self.times.past(730)
            yield number, client_id, name, fold(name), "", made if number == 1 else None, made, made

    def role_words(self) -> Iterator[Row]:
        """Yield the words by which roles are found."""
        for number, (client_id, name) in enumerate(self._roles, 1):
            for word in sorted({*finding.split(name), *finding.split(client_id or "")}):
                yield number, word

    def holders(self) -> Iterator[Row]:
        """Yield who was given which role, three of ten people."""
        random = self.random
        for account in range(1, self.count + 1):
            if random.random() < 0.3:
                ends = self.times.around(60) if random.random() < 0.05 else None
                yield account, 1 + int(len(self._roles) * random.random() ** 3), self.times.past(730), ends

    def group_roles(self) -> Iterator[Row]:
        """Yield which roles groups give, one of three groups one."""
        for group in range(1, self.group_count + 1, 3):
            yield group, 1 + self.random.randrange(len(self._roles)), self.times.past(730), None

    def _parent(self, number: int) -> int:
        """Return the group above one; 0 for none."""
        parent = number // BELOW
        return parent if parent and len(self._above[parent]) < DEEPEST - 1 else 0
