"""What a dry run remembers, since nothing of its earlier batches is in the database; and what has come, asked of both."""

from collections import ChainMap
from collections.abc import Iterable
from dataclasses import dataclass, field

from idp.importing import known
from idp.importing.known import Key


@dataclass
class Taken:
    """Who and what has been told as coming: addresses and usernames as hashes, entries by their keys, owners of roles by the name."""

    emails: set[int] = field(default_factory=set)
    usernames: set[int] = field(default_factory=set)
    keys: dict[bytes, bytes] = field(default_factory=dict)
    roles: dict[str, frozenset[str | None]] = field(default_factory=dict)


@dataclass
class Seen(Taken):
    """What whole batches took, and in `batch` what the one does that is gone through now, which may be tried again."""

    batch: Taken = field(default_factory=Taken)

    def begin(self) -> None:
        """Forget what a batch took that did not go through."""
        self.batch = Taken()

    def settle(self) -> None:
        """Keep what a batch took."""
        self.emails |= self.batch.emails
        self.usernames |= self.batch.usernames
        self.keys |= self.batch.keys
        self.roles |= self.batch.roles
        self.begin()

    def fingerprint(self, digest: bytes) -> bytes | None:
        """Return what an entry meant that was told as coming."""
        return ChainMap(self.batch.keys, self.keys).get(digest)

    def take(self, key: Key) -> None:
        """Take note of an entry."""
        self.batch.keys[key.digest] = key.fingerprint

    def take_role(self, folded: str, client_id: str | None) -> None:
        """Take note of a role's name."""
        self.batch.roles[folded] = self._owners(folded) | {client_id}

    def could_be_mistaken(self, folded: str, client_id: str | None) -> bool:
        """Return whether a role could be taken for one that was told, by the rule of `roles.service`."""
        owners = self._owners(folded)
        return bool(owners) if client_id is None else bool(owners & {None, client_id})

    def _owners(self, folded: str) -> frozenset[str | None]:
        return ChainMap(self.batch.roles, self.roles).get(folded, frozenset())


def find_known(keys: Iterable[Key], seen: Seen | None) -> dict[bytes, bytes]:
    """Return what those entries meant that have come, or were told as coming, by digest."""
    wanted = list(keys)
    found = known.find(wanted)
    if seen is not None:
        told = {one.digest: seen.fingerprint(one.digest) for one in wanted}
        found |= {digest: meant for digest, meant in told.items() if meant is not None}
    return found


def is_known(key: Key, seen: Seen | None) -> bool:
    """Return whether an entry has come, or was told as coming."""
    return key.digest in find_known([key], seen)


def note_known(key: Key, seen: Seen | None) -> None:
    """Note that an entry has come: for good, or for the rest of a dry run."""
    if seen is None:
        known.note([(key, None)])
    else:
        seen.take(key)
