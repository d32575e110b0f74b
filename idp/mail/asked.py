"""Mails that carry a link or a code: most go out at somebody's wish, to a `Counted` address alone."""

from flask_babel import gettext as _

from idp.lifetimes import LIFETIMES
from idp.mail.frame import MAIL, NOBODY, Counted, put


def verify_email(to: Counted, *, link: str, code: str, really: bool = True) -> None:
    """Ask the owner of an address to confirm it, by link or by code. `really=False` does the same work and sends nothing."""
    minutes = int(LIFETIMES.one_time_code.total_seconds() // 60)
    kind = MAIL if really else NOBODY
    put(to.address, "verify_email", _("Confirm your e-mail address"), kind, link=link, code=code, minutes=minutes)


def already_registered(to: Counted, *, signin_link: str, reset_link: str) -> None:
    """Tell the owner of an account that somebody tried to sign up with the address."""
    put(
        to.address,
        "already_registered",
        _("You already have an account"),
        signin_link=signin_link,
        reset_link=reset_link,
    )


def reset_password(to: Counted, *, link: str, code: str, really: bool = True) -> None:
    """Send what resets a password, by link or by code. `really=False` does the same work and sends nothing."""
    minutes = int(LIFETIMES.one_time_code.total_seconds() // 60)
    kind = MAIL if really else NOBODY
    put(to.address, "reset_password", _("Reset your password"), kind, link=link, code=code, minutes=minutes)


def invitation(to: Counted, *, link: str, inviter: str, days: int) -> None:
    """Invite somebody to an account; `inviter` is the name of who does, empty for the operator."""
    put(to.address, "invitation", _("You are invited"), link=link, inviter=inviter, days=days)


def reset_by_admin(to: str, *, link: str) -> None:
    """Send the link of a reset that an administrator started."""
    hours = int(LIFETIMES.set_password_link.total_seconds() // 3600)
    put(to, "reset_by_admin", _("Choose a new password"), link=link, hours=hours)


def confirm_new_email(to: Counted, *, link: str, code: str) -> None:
    """Ask the owner of an address to confirm that an account may move to it."""
    minutes = int(LIFETIMES.one_time_code.total_seconds() // 60)
    put(to.address, "confirm_new_email", _("Confirm your new e-mail address"), link=link, code=code, minutes=minutes)
