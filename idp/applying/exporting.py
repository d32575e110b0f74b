"""Writing what is there as a file that brings the same there: in one order, without defaults, and with references in place of secrets."""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from idp.applying import schema, writing
from idp.applying.document import Place
from idp.applying.form import SECRETS, SECTIONS
from idp.applying.references import Reference
from idp.applying.sections import KEEPERS
from idp.applying.states import State

PREFIXES = {"clients": "CLIENT_SECRET", "providers": "PROVIDER_SECRET", "provisioning": "PROVISIONING_TOKEN"}
KEYS = {"clients": "client_id", "providers": "key", "provisioning": "client_id"}
EASY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")  # of which no two become one name
LONGEST = 60  # characters of a key in the name of a variable
HEAD = """\
# What is here, as idp export has written it; idp apply brings it there.
# Secrets are not in it. Each client_secret and token names a variable, which has to be set where the entry is new, and may be missing else.
# Clients that registered themselves are left out. Own icons stay where they are; a new server wants icon_file beside icon.
"""


def export(issuer: str) -> Iterator[str]:
    """Yield the parts of the file."""
    yield f"# yaml-language-server: $schema={issuer.rstrip('/')}{schema.PATH}\n"
    yield HEAD
    is_empty = True
    for section in SECTIONS:
        for number, state in enumerate(KEEPERS[section.name].every()):
            yield f"\n{section.name}:\n" if number == 0 else ""
            yield writing.write([_refer(section.name, state)])
            is_empty = False
    if is_empty:
        yield "\nclients: []\n"


def _refer(section: str, state: State) -> dict[str, Any]:
    """Return an entry as a file says it, with a reference in place of its secret."""
    member = next((name for name in SECRETS if name in state.hidden), None)
    if member is None:
        return state.told
    key = state.told[KEYS[section]]
    reference = Reference(Place(), variable=f"{PREFIXES[section]}_{_name(key)}", is_optional=True)
    return state.told | {member: reference.told()}


def _name(key: str) -> str:
    """Return what a variable is called after a key, and after no other one."""
    plain = re.sub(r"[^A-Z0-9]+", "_", key.upper()).strip("_")
    if EASY.fullmatch(key) and len(key) <= LONGEST:
        return plain
    return f"{plain[:LONGEST]}_{hashlib.sha256(key.encode()).hexdigest()[:8].upper()}"
