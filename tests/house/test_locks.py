"""Advisory locks of PostgreSQL are numbers that the whole database shares."""

import re
from collections import Counter
from pathlib import Path

IDP = Path(__file__).parents[2] / "idp"


def test_each_lock_has_a_number_of_its_own() -> None:
    """No two rooms wait for one another because their locks have one number."""
    found = [
        number
        for path in IDP.rglob("*.py")
        for number in re.findall(r"^[A-Z_]+ = (7305\d+)\b", path.read_text(), re.MULTILINE)
    ]
    assert len(found) >= 5
    assert [number for number, times in Counter(found).items() if times > 1] == []
