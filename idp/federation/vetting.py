"""What is looked at before a provider is kept: its own rules, the others that there are, and whom a change would take by surprise."""

from dataclasses import dataclass

from sqlalchemy import func, select

from idp.accounts.models import Account
from idp.base.database import connection, session
from idp.base.outcome import Reason, Refused
from idp.federation import belonging, icons
from idp.federation.definition import LONGEST_SECRET, Definition, check, refuse
from idp.federation.models import UpstreamIdentity, UpstreamProvider

# What an administrator says to have understood, by the name of the box that is ticked or the option that is given.
LOCKOUT, OTHER_PEOPLE, IDENTITIES = "accept_lockout", "accept_other_people", "with_identities"
CLAIMING = 7305121  # the number of the advisory lock
# By what somebody at a provider is known here: where one of these changes, the same subject may be somebody else.
NAMING = ("kind", "issuer", "userinfo_endpoint")


@dataclass(frozen=True)
class Extras:
    """What comes with a definition and is no part of it: a new secret, an icon's content, and what its maker has understood."""

    client_secret: str | None = None
    icon: bytes | None = None
    accepted: frozenset[str] = frozenset()


def vet(definition: Definition, extras: Extras, row: UpstreamProvider | None) -> list[Refused]:
    """Return everything that is wrong with a new provider, or with what a row is to become."""
    refusals = check(definition) + belonging.find_faults(definition)
    secret = extras.client_secret
    if definition.needs_secret and not secret and (row is None or row.sealed_client_secret is None):
        refusals.append(refuse("client_secret", "Enter the secret that the provider gave to this server."))
    if secret and (len(secret) > LONGEST_SECRET or not secret.isprintable() or not secret.isascii()):
        refusals.append(refuse("client_secret", f"Enter at most {LONGEST_SECRET} characters of ASCII, on one line."))
    if definition.icon == icons.OWN:
        kept = icons.find(definition.key) if extras.icon is None and row is not None else None
        if extras.icon is not None:
            wrong = icons.check(extras.icon)
            refusals += [wrong] if wrong is not None else []
        elif kept is None:
            refusals.append(refuse("icon", "Give the picture, an SVG or a PNG, or choose one that is built in."))
    if row is None or row.disabled_at is None:
        refusals += vet_domains(definition, extras, row)
    if row is not None and OTHER_PEOPLE not in extras.accepted and _names_others(definition, row):
        count = count_identities(row.key)
        if count:
            refusals.append(
                unsure(
                    OTHER_PEOPLE,
                    f"{count} identities are linked by the names that the provider gave people so far. Another provider would let in"
                    " whoever has the same name there. Accept this only where it names the same people, or set up a new provider.",
                )
            )
    return refusals


def _names_others(definition: Definition, row: UpstreamProvider) -> bool:
    if any((getattr(definition, name) or None) != getattr(row, name) for name in NAMING):
        return True
    return definition.claims.get("subject") != row.claims.get("subject")


def vet_domains(definition: Definition, extras: Extras, row: UpstreamProvider | None) -> list[Refused]:
    """Check the domains that sign in by it alone: nobody else has them, and whoever administers knows what is coming."""
    wanted = set(definition.only_domains)
    if not wanted:
        return []
    if connection().dialect.name == "postgresql":
        # Alone with the answer until the commit, so that two who claim one domain at once do not both get it.
        connection().execute(select(func.pg_advisory_xact_lock(CLAIMING)))
    refusals = []
    others = select(UpstreamProvider).where(
        UpstreamProvider.key != definition.key, UpstreamProvider.disabled_at.is_(None)
    )
    for other in session().scalars(others, execution_options={"populate_existing": True}):
        for domain in sorted(wanted & set(other.only_domains)):
            sentence = (
                f"People of {domain} sign in only through {other.display_name} already. Take it from there first."
            )
            refusals.append(refuse("only_domains", sentence))
    was_so = row is not None and row.disabled_at is None and wanted <= set(row.only_domains)
    stranded = [] if was_so or LOCKOUT in extras.accepted else list_stranded(definition)
    if stranded:
        few = ", ".join(stranded[:3]) + (" and others" if len(stranded) > 3 else "")
        sentence = (
            f"Administrators would have no way in but this provider, to which they are not connected: {few}. Connect them first, on the"
            " page “Connected accounts”, or say that you accept it."
        )
        refusals.append(unsure(LOCKOUT, sentence))
    return refusals


def count_identities(key: str) -> int:
    """Return how many identities people have at a provider."""
    query = select(func.count()).select_from(UpstreamIdentity).where(UpstreamIdentity.provider == key)
    return session().scalar(query) or 0


def list_stranded(definition: Definition) -> list[str]:
    """Return the addresses of administrators who could not sign in any more: of its own domains, and not connected to it yet."""
    connected = select(UpstreamIdentity.account_id).where(UpstreamIdentity.provider == definition.key)
    administrators = select(Account.email).where(
        Account.is_admin, Account.disabled_at.is_(None), Account.id.not_in(connected)
    )
    domains = set(definition.only_domains)
    return sorted(email for email in session().scalars(administrators) if email.rpartition("@")[2] in domains)


def unsure(what: str, detail: str) -> Refused:
    """Return the refusal of what has to be accepted first."""
    return Refused(Reason.PROVIDER_UNSURE, what, detail=detail)
