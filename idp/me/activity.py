"""A person's security events in plain words. An event without words here shows its own name, so that none is hidden."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from idp import audit
from idp.audit import AuditEvent
from idp.clients import service as clients


@dataclass(frozen=True)
class Activity:
    """One line of the list. Nothing tells who typed a password, so only an administrator's acts name somebody."""

    at: datetime
    what: str
    source: str
    by_administrator: bool
    is_refused: bool


def recent(sub: str) -> list[Activity]:
    """Return the newest fifty events of a person."""
    events = audit.recent(sub)
    sentences = _sentences()
    names = _client_names(event.client_id for event in events)
    return [_tell(event, sentences, names) for event in events]


def _tell(event: AuditEvent, sentences: dict[tuple[str, str], str], names: dict[str, str]) -> Activity:
    what = sentences.get((event.event, event.outcome), event.event)
    if event.client_id:
        what = _("%(event)s: %(app)s", event=what, app=names[event.client_id])
    return Activity(
        at=event.at,
        what=what,
        source=event.source or "",
        by_administrator=event.actor is not None and event.actor != event.subject,
        is_refused=event.outcome == audit.FAILURE,
    )


def _client_names(client_ids: Iterable[str | None]) -> dict[str, str]:
    asked = {client_id for client_id in client_ids if client_id}
    return {client_id: client_id for client_id in asked} | clients.names_of(asked)


def _sentences() -> dict[tuple[str, str], str]:
    done = {
        **_about_the_account(),
        "code.replayed": _("Access of an app ended, since a code was used twice"),
        "consent.given": _("App allowed to use the account"),
        "consent.withdrawn": _("App no longer allowed to use the account"),
        "data.exported": _("Personal data downloaded"),
        "device.connected": _("Device allowed to use the account"),
        "device.denied": _("Device that asked to use the account turned away"),
        "email.change_asked": _("Change of the e-mail address asked for"),
        "email.change_undone": _("Change of the e-mail address undone"),
        "email.changed": _("E-mail address changed"),
        "email.verification_requested": _("Message to confirm the e-mail address asked for"),
        "email.verified": _("E-mail address confirmed"),
        **_about_groups(),
        **_about_coming(),
        "password.changed": _("Password changed"),
        "password.reset": _("New password chosen by a mailed link or code"),
        "password.reset_requested": _("Message to reset the password asked for"),
        "password.reset_started": _("Link to choose a password made"),
    }
    failed = {
        "password.checked": _("Wrong password typed"),
    }
    return _by_outcome(done, failed) | _about_sign_ins() | _about_factors()


def _about_the_account() -> dict[str, str]:
    return {
        "account.created": _("Account created"),
        "account.disabled": _("Account disabled"),
        "account.disowned": _("Account deleted by the owner of its address"),
        "account.enabled": _("Account enabled again"),
        "account.erased": _("Account erased"),
        "account.erasure_scheduled": _("Account closed, to be erased"),
        "account.held": _("Sign-ins with new browsers put on hold, after too many failed"),
        "account.imported": _("Account brought from another service"),
        "account.attributes_changed": _("Attributes changed"),
        "account.kept": _("Account kept after all"),
        "account.profile_changed": _("Profile changed"),
        "account.provisioned": _("Changed by the directory of an organisation"),
        "account.signed_out": _("Every browser and app signed out"),
        "account.signed_up": _("Signed up"),
        "account.unlocked": _("Wait after wrong passwords lifted"),
        "administrator.changed": _("Administrator rights changed"),
        "administrator.created": _("Administrator rights given"),
        "administrator.ended": _("Administrator rights ended, as they were given until a day"),
        "administrator.made": _("Administrator rights given"),
        "administrator.withdrawn": _("Administrator rights withdrawn"),
    }


def _about_groups() -> dict[str, str]:
    return {
        "client.owner_added": _("Made an owner of an app"),
        "client.owner_removed": _("No owner of an app any more"),
        "group.member_added": _("Put into a group"),
        "group.member_changed": _("Last day in a group changed"),
        "group.member_removed": _("Taken out of a group"),
        "group.owner_added": _("Made an owner of a group"),
        "group.owner_removed": _("No owner of a group any more"),
        "role.given": _("Role given, or its last day changed"),
        "role.taken": _("Role taken"),
    }


def _about_coming() -> dict[str, str]:
    return {
        "invitation.accepted": _("Came by an invitation"),
        "invitation.given": _("Invited, with an account already"),
        "terms.accepted": _("Terms of service accepted"),
    }


def _about_sign_ins() -> dict[tuple[str, str], str]:
    done = {
        "refresh_token.replayed": _("Access of an app ended, since a copy of its token was used"),
        "assertion.accepted": _("App acted for you on the word of another service"),
        "token.exchanged": _("App acted for you at another app"),
        "id_jag.issued": _("App was introduced as yours to another service"),
        "refresh_token.revoked": _("Access given up by an app"),
        "session.ended": _("One browser signed out"),
        "session.expired": _("One browser signed out, as it was not used, or for a day"),
        "session.others_ended": _("Every other browser signed out"),
        "signin": _("Signed in"),
        "signout": _("Signed out"),
        "upstream.linked": _("Sign-in with another provider connected"),
        "upstream.unlinked": _("Sign-in with another provider disconnected"),
    }
    failed = {
        "signin": _("Sign-in to the disabled account"),
        "upstream.failed": _("Another provider could not be connected"),
    }
    return _by_outcome(done, failed)


def _about_factors() -> dict[tuple[str, str], str]:
    done = {
        "factor.added": _("Authenticator app or passkey added"),
        "factor.removed": _("Authenticator app or passkey removed"),
        "break_glass.started": _("Link made on the server to get back in without second factors"),
        "break_glass.used": _("Got back in by a link made on the server; second factors removed"),
        "factors.reset": _("Every authenticator app, passkey and recovery code removed"),
        "recovery_code.used": _("Recovery code used"),
        "recovery_codes.renewed": _("New recovery codes made"),
    }
    failed = {
        "factor.checked": _("Wrong second factor shown"),
        "factor.removed": _("Removal of the last second factor, which is required"),
        "passkey.counter_regressed": _("Passkey refused that may have been copied"),
    }
    return _by_outcome(done, failed)


def _by_outcome(done: dict[str, str], failed: dict[str, str]) -> dict[tuple[str, str], str]:
    return {(event, audit.SUCCESS): text for event, text in done.items()} | {
        (event, audit.FAILURE): text for event, text in failed.items()
    }
