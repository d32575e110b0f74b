"""Whom a provider lets in here: who may be linked to an account, and whether accounts are made."""

from dataclasses import dataclass

ANYBODY, EXISTING, DOMAINS = WHO = ("anybody", "existing", "domains")


@dataclass(frozen=True)
class Policy:
    """The rules of one provider; whoever is linked already comes in whatever they say."""

    who_may_link: str = ANYBODY
    link_domains: frozenset[str] = frozenset()
    creates_accounts: bool = True
    trusts_email: bool = True

    @property
    def makes_accounts(self) -> bool:
        """Whether somebody whom nobody here knows gets an account."""
        return self.creates_accounts and self.who_may_link != EXISTING

    def admits(self, email: str | None, *, is_verified: bool) -> bool:
        """Return whether somebody with this address may be linked to an account."""
        if self.who_may_link != DOMAINS:
            return True
        return is_verified and email is not None and domain_of(email) in self.link_domains


OPEN = Policy()


def domain_of(email: str) -> str:
    """Return the domain of a canonical address."""
    return email.rpartition("@")[2]
