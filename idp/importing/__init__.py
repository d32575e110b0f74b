"""Coming from elsewhere: accounts, second factors and clients of other software, read from its exports.

`sources` read a file entry by entry and say what each is (`entries`); `vetting`, `people` and `applications` decide what of it comes, and
write it; `running` goes through a file in batches of one transaction each. `report` is what operators read. Nothing here merges: who is
there already stays as they are.
"""

from flask import Flask

from idp.accounts import erasure
from idp.importing import known


def init_app(_app: Flask) -> None:
    """Hear of erasures: whoever was erased does not come back by a second run."""
    erasure.erased.connect(known.forget)
