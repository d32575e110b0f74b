"""Document 2: clients made with an administrator's key, and the manner in which they ask for tokens and people.

`clients` registers and reloads them, `people` tells them who signed in, `speech` is their dialect at the token endpoint.
"""

from idp.contracts.provider import clients, people, speech
from idp.contracts.provider.shapes import bp

__all__ = ["bp", "clients", "people", "speech"]
