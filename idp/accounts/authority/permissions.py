"""The permissions of administrators, and the roles, which are sets of them. Pages name a permission, never a role."""

from collections.abc import Mapping

from flask_babel import gettext as _

PERMISSIONS = (
    "overview.read",
    "people.read",
    "people.support",
    "people.factors",
    "people.write",
    "groups.read",
    "groups.write",
    "clients.read",
    "clients.write",
    "providers.read",
    "providers.write",
    "audit.read",
    "audit.export",
    "audit.write",
    "policy.read",
    "policy.write",
    "system.read",
    "system.write",
    "authority.read",
    "authority.grant",
    "authority.factors",
)

OWNER = "owner"
# What the token of a client itself may permit at most, behind which there is nobody.
OF_CLIENTS = frozenset(name for name in PERMISSIONS if not name.startswith("authority."))
READS = frozenset(name for name in PERMISSIONS if name.endswith(".read"))

ROLES: Mapping[str, frozenset[str]] = {
    OWNER: frozenset(PERMISSIONS),
    "people": frozenset(
        {
            *("overview.read", "people.read", "people.support", "people.factors", "people.write"),
            *("groups.read", "groups.write", "audit.read", "authority.read", "authority.grant"),
        }
    ),
    "clients": frozenset({"overview.read", "clients.read", "clients.write", "audit.read"}),
    "help-desk": frozenset({"overview.read", "people.read", "people.support", "people.factors"}),
    "reader": READS,
}
_HELPING = frozenset({"people.read", "people.support", "people.factors"})
# What a role permits that is limited to one group's people, on each of them and nowhere else. No other role can be limited.
LIMITED: Mapping[str, frozenset[str]] = {"help-desk": _HELPING, "people": _HELPING | {"people.write"}}


def titles() -> dict[str, str]:
    """Return what each role is called."""
    return {
        OWNER: _("Owner"),
        "people": _("People administrator"),
        "clients": _("Client administrator"),
        "help-desk": _("Help desk"),
        "reader": _("Reader"),
    }


def abouts() -> dict[str, str]:
    """Return in a sentence what each role is for."""
    return {
        OWNER: _("may everything, and alone changes policies and keys and makes other owners."),
        "people": _("helps, disables and enables people, and may make others people administrators or help desk."),
        "clients": _("registers, changes and deletes apps, and sees the audit log."),
        "help-desk": _("finds people, unlocks them, starts resets, ends sessions and removes lost second factors."),
        "reader": _("sees everything on these pages and changes nothing."),
    }


def limited_title(role: str, path: str) -> str:
    """Return what a role is called that is limited to the people of a group."""
    return str(_("%(role)s for the people of %(group)s", role=titles().get(role, role), group=path))


def limited_abouts() -> dict[str, str]:
    """Return in a sentence what each role of `LIMITED` is for."""
    return {
        "help-desk": _(
            "finds these people, unlocks them, starts resets, ends sessions and removes lost second factors."
        ),
        "people": _("helps these people, and disables and enables their accounts."),
    }


def meanings() -> dict[str, str]:
    """Return what each permission lets somebody do."""
    return {
        "overview.read": _("open the administration"),
        "people.read": _("find people and see their accounts"),
        "people.support": _("unlock, start a reset, end sessions"),
        "people.factors": _("remove the second factors of somebody who administers nothing"),
        "people.write": _("disable and enable accounts, invite people"),
        "groups.read": _("see groups, roles, and who has them"),
        "groups.write": _("make, change and delete groups and roles, and put people into them"),
        "clients.read": _("see apps and initial access tokens"),
        "clients.write": _("register, change, disable and delete apps, their secrets and initial access tokens"),
        "providers.read": _("see the upstream providers"),
        "providers.write": _("set up, try, change, disable and delete upstream providers"),
        "audit.read": _("see the audit log"),
        "audit.export": _("take the audit log away as a file"),
        "audit.write": _("say how long events are kept, and who gets them"),
        "policy.read": _("see the policies"),
        "policy.write": _("change the policies"),
        "system.read": _("see deliveries and signing keys"),
        "system.write": _("try deliveries again, rotate keys"),
        "authority.read": _("see who administers"),
        "authority.grant": _("give and withdraw roles, as far as one's own permissions go"),
        "authority.factors": _("remove the second factors of an administrator"),
    }
