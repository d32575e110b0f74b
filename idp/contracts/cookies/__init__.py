"""Document 3: browser front ends on the same site, whose tokens are cookies that scripts cannot read.

The cookie with the access token authenticates nothing here: front ends hand it to other services. Where this server wants an access
token, it is in the Authorization header.

A mailed code confirms an address to whoever types it, as the document shows; only who reads the address's mail can. It signs nobody
in, and it is no claim of the account's maker: until then a reset or another provider discards what the maker set up.
"""

from idp.contracts.cookies import codes, signin, upstream
from idp.contracts.cookies.shapes import bp

__all__ = ["bp", "codes", "signin", "upstream"]
