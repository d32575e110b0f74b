"""How fuzzed bytes become requests: changes to good forms, and to good claims under the right signature."""

from typing import Any
from urllib.parse import urlencode

from idp.keys.parsing import read_object
from tests.keys.strangers import resigned


def over(base: dict[str, str], changes: bytes) -> bytes:
    """Return the parameters of a good request, but for those that are among the changes."""
    names = {part.partition(b"=")[0] for part in changes.split(b"&")}
    kept = {name: value for name, value in base.items() if name.encode() not in names}
    return urlencode(kept).encode() + b"&" + changes


def sign(base: dict[str, Any], data: bytes) -> str:
    """Sign a header and, in the line after it, changes to good claims; what is no JSON object is signed as it stands."""
    header, _, payload = data.partition(b"\n")
    changes = read_object(payload)
    return resigned(header, payload if changes is None else base | changes)
