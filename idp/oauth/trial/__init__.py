"""Trying a client without its application: a request explained member by member, and the messages that would follow, made and taken back.

`explaining` asks the checks of the authorization endpoint and has none of its own, `nearness` compares addresses, `walking` goes through
the messages by the code that makes them. What is issued on the way is never committed, and no token is signed.
"""

from idp.oauth.trial.explaining import Explanation, Member, begin, explain, read_address
from idp.oauth.trial.walking import GOOD, ODD, WRONG, Step, look_at_registration, walk, walk_service

__all__ = [
    "GOOD",
    "ODD",
    "WRONG",
    "Explanation",
    "Member",
    "Step",
    "begin",
    "explain",
    "look_at_registration",
    "read_address",
    "walk",
    "walk_service",
]
