"""Documents 1 and 4: accounts for first-party apps with bearer tokens, and the token pair for services.

They share /auth/login/, /auth/token/refresh/ and /auth/logout/: one handler takes the members of either and answers with those of
both. They differ in one full stop, which cannot be told apart by the request, since both send `refresh_token` to log out: at the
shared address the sentence is document 4's, "Logged out successfully", because that message is all that its answer consists of,
whereas document 1 calls its own optional (it may as well answer 204). Document 1's other addresses for it, which document 4
does not know, answer "Logged out successfully.".
"""

from idp.contracts.bearer import passwords, profile, registration, tokens
from idp.contracts.bearer.shapes import bp

__all__ = ["bp", "passwords", "profile", "registration", "tokens"]
