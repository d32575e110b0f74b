"""Whether a grant meets what is demanded today: of its sign-in, by the policy or by the client of its own people, and of its person.

The authorization endpoint demands it of who comes now. A grant from before a demand ends with it: its tokens are good nowhere, and only a
new sign-in yields others. A second factor that somebody adds without being told to ends no grant.
"""

from idp.accounts import lookup
from idp.clients.registered import RegisteredClient
from idp.factors import policy
from idp.oauth.tokens import Granted

TWO_FACTORS = "mfa"  # RFC 8176, section 2


def are_met(granted: Granted, client: RegisteredClient | None) -> bool:
    """Return whether a grant may still be used, which a client other than the registered ones has none of its own demands for."""
    if client is not None and client.is_restricted and not granted.is_member:
        return False
    if TWO_FACTORS in granted.amr:
        return True
    if client is not None and client.metadata.require_second_factor:
        return False
    if granted.meets_policy is not None:
        return granted.meets_policy
    account = lookup.find(granted.account_id)
    return account is not None and not policy.is_required(account)
