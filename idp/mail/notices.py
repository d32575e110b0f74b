"""Notices of what happened to an account, to its `Owner`: how it is signed in to, and what may."""

from flask_babel import gettext as _

from idp.mail.frame import Owner, notify


def password_changed(to: Owner, *, source: str) -> None:
    """Tell somebody that the password was changed."""
    notify(
        to, "password_changed", _("Your password was changed"), _("The password of your account was changed."), source
    )


def new_device(to: Owner, *, source: str, device: str) -> None:
    """Tell somebody of a sign-in from a browser that the account has not seen before."""
    said = _("Somebody signed in to your account with a browser that has not been used for it before.")
    notify(to, "new_device", _("New sign-in to your account"), said, source, device=device)


def factors_changed(to: Owner, *, what: str, source: str) -> None:
    """Tell somebody of a change to the second factors; `what` is the sentence that says which."""
    notify(to, "factors_changed", _("How you sign in was changed"), what, source)


def recovery_code_used(to: Owner, *, left: int, source: str) -> None:
    """Tell somebody that a recovery code was used, and how many are left."""
    said = _("A recovery code was used to sign in to your account. Codes left: %(left)s.", left=left)
    notify(to, "recovery_code_used", _("A recovery code was used"), said, source)


def app_withdrawn(to: Owner, *, app: str, source: str) -> None:
    """Tell somebody that an application's access was withdrawn."""
    said = _("The access of “%(app)s” to your account was withdrawn.", app=app)
    notify(to, "app_withdrawn", _("An application lost its access"), said, source)


def upstream_linked(to: Owner, *, provider: str, source: str, is_first_proof: bool = False) -> None:
    """Tell somebody that another provider signs them in; with `is_first_proof`, that what was set up before is void."""
    said = _("Your account can now be signed in to with %(provider)s.", provider=provider)
    more = _(
        "%(provider)s has confirmed your e-mail address, which nobody had done before. So that nobody else keeps a way in, the"
        " password and every other way to sign in that had been set up are void.",
        provider=provider,
    )
    subject = _("%(provider)s was connected to your account", provider=provider)
    notify(to, "upstream_linked", subject, f"{said} {more}" if is_first_proof else said, source)


def upstream_unlinked(to: Owner, *, provider: str, source: str) -> None:
    """Tell somebody that another provider does not sign them in any more."""
    said = _("Your account cannot be signed in to with %(provider)s any more.", provider=provider)
    subject = _("%(provider)s was disconnected from your account", provider=provider)
    notify(to, "upstream_unlinked", subject, said, source)


def address_claimed(to: Owner, *, link: str, source: str | None) -> None:
    """Tell the owner of an address, who has just proved it, that what somebody else had set up is void; with the link to a password."""
    said = _(
        "Your e-mail address is confirmed. It was not confirmed from where the account had been made: so that nobody else keeps a way in,"
        " the password and everything else that had been set up are void."
    )
    advice = _("Choose a password to sign in:")
    where = (link, _("Choose a password"))
    notify(to, "address_claimed", _("Your e-mail address is confirmed"), said, source, advice=advice, link=where)


def address_confirmed_apart(to: Owner, *, link: str, source: str | None) -> None:
    """Tell the owner of an address that it was confirmed by a code alone; with the link by which an account of a stranger's ends."""
    said = _("Your e-mail address is confirmed. If you made the account yourself, there is nothing to do.")
    advice = _("If you did not, choose a password now: whatever somebody else has set up ends with it.")
    where = (link, _("Choose a password"))
    notify(
        to, "address_confirmed_apart", _("Your e-mail address is confirmed"), said, source, advice=advice, link=where
    )


def account_held(to: Owner, *, unlock_link: str) -> None:
    """Tell somebody that too many sign-ins failed, with the link that allows tries from new browsers again."""
    said = _("So many sign-ins to your account have failed that browsers it does not know may not try any more.")
    advice = _("If you want to sign in with a new browser, open this link first:")
    link = (unlock_link, _("Allow sign-ins again"))
    notify(to, "account_held", _("Sign-ins to your account are on hold"), said, None, advice=advice, link=link)
