"""The sentence for each `Reason`, as people read it."""

from flask_babel import gettext as _

from idp.base.outcome import Reason, Refused


def phrase(refused: Refused) -> str:
    """Return the translated sentence for a refusal; of a value that is judged by data, the one that says by which."""
    if refused.reason is Reason.ATTRIBUTE_INVALID and refused.detail is not None:
        return refused.detail
    return sentences()[refused.reason]


def sentences() -> dict[Reason, str]:
    """Return the whole table in the present language."""
    return (
        _of_sign_in()
        | _of_passwords()
        | _of_accounts()
        | _of_sign_up()
        | _of_details()
        | _of_factors()
        | _of_providers()
        | _of_authority()
        | _of_groups()
    )


def _of_sign_in() -> dict[Reason, str]:
    return {
        Reason.BAD_CREDENTIALS: _("That combination of name and password is not right."),
        Reason.TOO_MANY_TRIES: _("Too many tries. Wait a little, then try again."),
        Reason.ACCOUNT_DISABLED: _("This account is disabled. Ask your administrator."),
        Reason.WRONG_CODE: _("That code is not right. Check the newest message and type it again."),
        Reason.USER_CODE_INVALID: _(
            "No device waits with this code. Compare it with your device, which shows another one after ten minutes."
        ),
        Reason.CODE_EXPIRED: _("That code has expired. Ask for a new one."),
        Reason.CODE_SPENT: _("This code has been tried too often. Ask for a new one, or use the link in the message."),
        Reason.LINK_INVALID: _("This link does not work any more. It may have been used, or replaced by a newer one."),
        Reason.LINK_EXPIRED: _("This link has expired. Ask for a new one."),
        Reason.ACCOUNT_HELD: _(
            "Too many sign-ins failed. If the account is yours, open the link in the message that we sent you."
        ),
        Reason.ACCOUNT_LEAVING: _(
            "This account is going to be erased. The link in the message that we sent you keeps it."
        ),
    }


def _of_passwords() -> dict[Reason, str]:
    return {
        Reason.PASSWORD_NEEDED: _("Enter your password."),
        Reason.PASSWORD_WRONG: _("That password is not right."),
        Reason.PASSWORD_TOO_SHORT: _("Use at least 8 characters."),
        Reason.PASSWORD_TOO_LONG: _("Use at most 128 characters."),
        Reason.PASSWORD_COMMON: _("That password is among the most used ones. Choose another."),
        Reason.PASSWORD_PERSONAL: _("That password contains your name or e-mail address. Choose another."),
        Reason.PASSWORD_SERVICE: _("That password is built on the name of this service. Choose another."),
        Reason.PASSWORD_BREACHED: _("That password has been found in a data breach. Choose another."),
        Reason.PASSWORD_RULES: _("Use 8 to 50 characters with a capital letter, a digit and a special character."),
    }


def _of_accounts() -> dict[Reason, str]:
    return {
        Reason.EMAIL_INVALID: _("Enter an e-mail address like name@example.com."),
        Reason.EMAIL_TAKEN: _("That e-mail address belongs to another account."),
        Reason.EMAIL_STAYS: _(
            "This address signs in through the provider of its organisation. Ask your administrator to change it."
        ),
        Reason.EMAIL_DOMAIN: _(
            "Addresses of this domain cannot be used here. Enter another one, or ask whoever runs this service."
        ),
        Reason.USERNAME_INVALID: _("Use 1 to 20 letters, digits, dots, hyphens or underscores for the username."),
        Reason.USERNAME_TAKEN: _("That username is taken. Choose another."),
        Reason.USERNAME_CHANGES: _(
            "You have left ten usernames within a year. Keep the present one, or go back to an earlier one."
        ),
        Reason.NAME_TOO_LONG: _("Use at most 100 characters for a name."),
        Reason.TEXT_CONTROL: _("This has a character that cannot be shown, such as a line break. Remove it."),
        Reason.TEXT_TURNING: _("This has an invisible character that turns the direction of the text. Remove it."),
        Reason.TEXT_INVISIBLE: _("Nothing of this can be seen. Use letters, digits or signs."),
        Reason.PICTURE_INVALID: _("Enter the address of a picture, beginning with https://."),
        Reason.UNKNOWN: _("There is no such entry."),
        Reason.CLIENT_INVALID: _("These client settings do not fit together."),
    }


def _of_authority() -> dict[Reason, str]:
    return {
        Reason.LAST_ADMINISTRATOR: _(
            "This is the last administrator who may everything. Make somebody else an owner first, without an end date."
        ),
        Reason.ROLE_UNKNOWN: _("There is no such role."),
        Reason.ROLE_UNLIMITED: _("Only help desk and people administrator can be for one group’s people."),
        Reason.NOT_PERMITTED: _("You lack a right for this. Ask an owner."),
        Reason.END_PAST: _("Enter a day that has not passed."),
        Reason.ADMINISTRATOR_UNFIT: _("Only an enabled account with a confirmed address can be an administrator."),
        Reason.OWNER_NEEDED: _("This account does not own the server, or is disabled."),
    }


def _of_details() -> dict[Reason, str]:
    return {
        Reason.DETAIL_TOO_LONG: _("Use at most 100 characters, on one line."),
        Reason.PAGE_INVALID: _("Enter the address of a page, beginning with https:// or http://."),
        Reason.BIRTHDATE_INVALID: _(
            "Enter the date as year, month and day, such as 1990-12-31. The year alone will do; 0000 stands for a year that you keep to"
            " yourself."
        ),
        Reason.ZONE_INVALID: _("Enter a time zone such as Europe/London."),
        Reason.LOCALE_INVALID: _("Enter the code of a language, such as en or pt-BR."),
        Reason.PHONE_INVALID: _("Enter the number with its country code, such as +44 20 7946 0000."),
        Reason.STREET_INVALID: _("Use at most 300 characters, on up to five lines."),
    }


def _of_sign_up() -> dict[Reason, str]:
    return {
        Reason.SIGN_UP_CLOSED: _("New accounts cannot be made here at present."),
        Reason.SIGN_UP_INVITED: _("Accounts here are for people who were invited. Open the link in your invitation."),
        Reason.SIGN_UP_DOMAIN: _(
            "People with an e-mail address of this domain cannot sign up here. Use another address, or ask whoever runs this service."
        ),
        Reason.SIGN_UP_DISPOSABLE: _("This looks like an address to be thrown away. Use one that you will keep."),
        Reason.EMAIL_UNPROVED: _(
            "Confirm your e-mail address first, by the link or the code in the message that we sent you."
        ),
        Reason.TERMS_NEEDED: _(
            "The terms of service have to be accepted first. Sign in on this server's own pages to read them."
        ),
        Reason.ATTRIBUTE_INVALID: _("This is no value that can stand here."),
        Reason.ATTRIBUTE_NEEDED: _("Fill this in: it is required."),
        Reason.POLICY_INVALID: _("These settings do not fit together."),
    }


def _of_factors() -> dict[Reason, str]:
    return {
        Reason.WRONG_FACTOR: _("That code is not right. Each code works once; wait for the next one, then type it."),
        Reason.ATTEMPT_EXPIRED: _("That took too long, or too many tries. Sign in again."),
        Reason.SIGNED_OUT: _("You were signed out in the meantime, and nothing was changed. Sign in again."),
        Reason.PASSKEY_REFUSED: _("That passkey was not accepted. Try again, or sign in another way."),
        Reason.PASSKEY_EXPIRED: _("That took too long. Try again."),
        Reason.PASSKEY_KNOWN: _("This passkey is registered already."),
        Reason.FACTOR_NAME: _("Use 1 to 64 characters for the name."),
        Reason.FACTOR_LIMIT: _("There are as many of these as one account can have. Remove one first."),
        Reason.FACTOR_REQUIRED: _("A second factor is required here. Add another one before you remove the last."),
        Reason.ENROLMENT_NEEDED: _("A second factor is required here. Set one up on your account page first."),
    }


def _of_providers() -> dict[Reason, str]:
    return {
        Reason.UPSTREAM_FAILED: _("The other provider did not confirm who you are. Try again, or sign in another way."),
        Reason.UPSTREAM_STATE: _("This sign-in was not started in this browser, or took too long. Start again."),
        Reason.UPSTREAM_OFF: _("Sign-in with this provider is not set up here."),
        Reason.UPSTREAM_TAKEN: _("That identity belongs to another account here."),
        Reason.UPSTREAM_SIGN_IN_FIRST: _(
            "There may be an account with your e-mail address already. Sign in to it first, then connect the provider on your"
            " account page."
        ),
        Reason.UPSTREAM_NO_EMAIL: _(
            "The other provider told no e-mail address of yours, and an account needs one. Create an account here, then connect"
            " the provider on your account page."
        ),
        Reason.UPSTREAM_NO_ACCOUNT: _(
            "Nobody here is known by this identity, and this provider makes no accounts. Ask your administrator."
        ),
        Reason.UPSTREAM_NOT_ADMITTED: _(
            "This provider is only for people with certain e-mail addresses, which the provider has to confirm. Ask your administrator."
        ),
        Reason.UPSTREAM_ELSEWHERE: _(
            "People with this e-mail address sign in through a provider of their own. Enter the address on the sign-in page to get"
            " there."
        ),
        Reason.UPSTREAM_UNPROVED: _(
            "The other provider did not confirm your e-mail address, so it cannot open the account that has it. Ask your administrator."
        ),
        Reason.UPSTREAM_STAYS: _("You sign in here through this provider alone, so it stays connected."),
        Reason.PROVIDER_INVALID: _("These provider settings do not fit together."),
        Reason.PROVIDER_UNSURE: _("This has to be confirmed first."),
        Reason.LAST_WAY_IN: _("This is your only way to sign in. Choose a password first."),
    }


def _of_groups() -> dict[Reason, str]:
    return {
        Reason.GROUP_NAME: _("Use 1 to 64 characters for the name of a group, and no slash."),
        Reason.GROUP_TAKEN: _("There is a group of that name here already."),
        Reason.GROUP_CYCLE: _("A group cannot lie below itself. Choose a group that is not below this one."),
        Reason.GROUP_DEPTH: _("Groups can be nested eight deep, and this would be deeper."),
        Reason.GROUPS_NEEDED: _("Name at least one group, or let everybody in."),
        Reason.GROUPS_MANY: _("At most 100 groups can be named here. Put them below one group, and name that."),
        Reason.OWNER_UNFIT: _("Only an enabled account with a confirmed address can own an app."),
        Reason.TOO_MANY_OWNERS: _("An app has 50 owners at the most."),
        Reason.LAST_OWNER: _("Nobody else owns this group. Ask an administrator to name another owner first."),
        Reason.ROLE_NAME: _("Use 1 to 64 characters for the name of a role, without spaces and commas."),
        Reason.ROLE_TAKEN: _("There is a role of that name already, of this app or of the server."),
        Reason.DESCRIPTION_TOO_LONG: _("Use at most 300 characters."),
        Reason.DAY_INVALID: _("Enter a day as year, month and day, such as 2027-01-31, or nothing."),
        Reason.DAY_PAST: _("That day is over already. Enter one that is still to come, or nothing."),
    }
