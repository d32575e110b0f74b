"""Password hashes that other software made: which of them are taken, in which one form they are kept, and how they verify.

`formats` read what other software writes, `kept` is the form in `Account.password_hash`, bounded in what it may cost. Nothing new is
ever hashed here: the first right sign-in puts a hash of our own in place (`credentials`), as with any that is not today's.
"""

from idp.accounts.foreign_hashes.formats import read, read_auth0, read_keycloak
from idp.accounts.foreign_hashes.kept import Unfit, compare, is_foreign

__all__ = ["Unfit", "compare", "is_foreign", "read", "read_auth0", "read_keycloak"]
