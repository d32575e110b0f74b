"""The sign-up policy as a value: who may sign up, from which domains, and what an address is refused for. It asks no database."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from flask_babel import gettext as _

from idp.accounts.admission import domains
from idp.base.outcome import Reason, Refused
from idp.policies import Rule

NAME = "sign_up"


class Mode(Enum):
    """Who may sign up."""

    OPEN = "open"  # everybody, but for the domains that are denied
    DOMAINS = "domains"  # whoever has an address of an allowed domain
    INVITATION = "invitation"  # whoever was invited
    CLOSED = "closed"  # nobody


@dataclass(frozen=True)
class Rules:
    """The policy. What is denied is denied also where it is allowed; what is allowed never counts as disposable."""

    mode: Mode = Mode.OPEN
    allow: frozenset[str] = frozenset()
    deny: frozenset[str] = frozenset()
    refuse_disposable: bool = False

    @property
    def lets_strangers_try(self) -> bool:
        """Whether somebody whom nobody invited may sign up at all."""
        return self.mode in (Mode.OPEN, Mode.DOMAINS)

    @property
    def wants_proof(self) -> bool:
        """Whether an address says who somebody is, and so has to be proved before it lets anybody in."""
        return self.mode is Mode.DOMAINS

    def refuse(self, email: str | None) -> Refused | None:
        """Refuse whoever was not invited and signs up with a canonical address; None for one that cannot be read.

        The answer depends on the policy and on the domain alone, and so tells nothing of anybody's account or invitation.
        Refusals: SIGN_UP_CLOSED, SIGN_UP_INVITED; SIGN_UP_DOMAIN and SIGN_UP_DISPOSABLE, of the field `email`.
        """
        if self.mode is Mode.CLOSED:
            return Refused(Reason.SIGN_UP_CLOSED)
        if self.mode is Mode.INVITATION:
            return Refused(Reason.SIGN_UP_INVITED)
        return self._refuse_domain(domains.of(email)) if email is not None else None

    def refuse_move(self, email: str) -> Refused | None:
        """Refuse an address to which somebody would move an account: its domain counts, whoever may sign up. Refusal: EMAIL_DOMAIN."""
        return Refused(Reason.EMAIL_DOMAIN, "email") if self._refuse_domain(domains.of(email)) is not None else None

    def _refuse_domain(self, domain: str) -> Refused | None:
        is_allowed = domains.are_matched(domain, self.allow)
        if domains.are_matched(domain, self.deny) or (self.mode is Mode.DOMAINS and not is_allowed):
            return Refused(Reason.SIGN_UP_DOMAIN, "email")
        if self.refuse_disposable and not is_allowed and domains.is_disposable(domain):
            return Refused(Reason.SIGN_UP_DISPOSABLE, "email")
        return None


def check(rules: Rules) -> list[Refused]:
    """Return what is wrong with a policy: POLICY_INVALID, with the member and a sentence."""
    wrong = []
    for member, patterns in (("allow", rules.allow), ("deny", rules.deny)):
        if len(patterns) > domains.MOST:
            wrong.append(_refuse(member, _("Enter at most %(most)s domains.", most=domains.MOST)))
        bad = next((name for name in sorted(patterns) if domains.canonical(name) != name), None)
        if bad is not None:
            sentence = _("“%(name)s” is no domain. Write it like example.com or *.example.com.", name=bad[:100])
            wrong.append(_refuse(member, sentence))
    if rules.mode is Mode.DOMAINS and not rules.allow:
        wrong.append(_refuse("allow", _("Enter at least one domain, or choose who else may sign up.")))
    return wrong


def read(value: Any) -> Rules:
    """Return the policy that JSON says."""
    return Rules(Mode(value["mode"]), frozenset(value["allow"]), frozenset(value["deny"]), value["refuse_disposable"])


def write(rules: Rules) -> dict[str, Any]:
    """Return the policy as JSON."""
    return {
        "mode": rules.mode.value,
        "allow": sorted(rules.allow),
        "deny": sorted(rules.deny),
        "refuse_disposable": rules.refuse_disposable,
    }


def _refuse(member: str, sentence: str) -> Refused:
    return Refused(Reason.POLICY_INVALID, member, detail=sentence)


RULE = Rule(NAME, Rules(), read=read, write=write)
