"""Document 5: user management for a front end with a search of people.

`sign_in` (sign-up, sign-in, access tokens), `forgotten` (passwords), `people` (who there is, and changing oneself), `two_factor`, and
`upstream` (GitHub and 42).
"""

from idp.contracts.directory import forgotten, people, sign_in, two_factor, upstream
from idp.contracts.directory.shapes import bp

__all__ = ["bp", "forgotten", "people", "sign_in", "two_factor", "upstream"]
