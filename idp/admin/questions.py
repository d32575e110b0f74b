"""What is asked before an administrator's act that ends or grants something: the words of the page, which has one button and a way back."""

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext

from idp.accounts.models import Account
from idp.clients.models import Client
from idp.factors.policy import Required
from idp.federation.models import UpstreamProvider
from idp.groups import service as groups
from idp.roles import service as roles

# What each act upon an account needs.
PERMISSIONS = {"disable": "people.write", "enable": "people.write", "sign-out": "people.support"}
VERBS = tuple(PERMISSIONS)
STREAM_VERBS = ("delete", "secret", "end-old")


@dataclass(frozen=True)
class Question:
    """A heading, what will happen, and the button; `is_danger` colours what takes something away."""

    heading: str
    sentences: list[str]
    button: str
    is_danger: bool = True


def about_account(verb: str, account: Account) -> Question:
    """Return the question before one of `VERBS`."""
    name = account.display_name
    who = _("The account is that of %(email)s.", email=account.email)
    told = _told(account, owners=account.is_admin)
    match verb:
        case "disable":
            ends = _("Every session and token ends at once, and nobody can sign in to it until it is enabled again.")
            return Question(
                _("Disable the account of %(name)s?", name=name), [who, ends, *told], _("Disable the account")
            )
        case "enable":
            opens = _("The person can sign in again. Sessions and tokens that have ended stay ended.")
            kept = [_("It will not be erased, as its owner had asked.")] if account.erase_at else []
            heading = _("Enable the account of %(name)s?", name=name)
            return Question(heading, [who, opens, *kept, *told], _("Enable the account"), is_danger=False)
        case _:
            ends = _("Every session ends, and every app has to ask for a new sign-in.")
            told = _told(account, owners=False)
            return Question(_("Sign %(name)s out everywhere?", name=name), [who, ends, *told], _("Sign out everywhere"))


def about_role(account: Account, title: str, about: str, until: date | None) -> Question:
    """Return the question before a role is given, which has a title and a sentence."""
    who = _("The account is that of %(email)s.", email=account.email)
    what = _("%(role)s: %(about)s", role=title, about=about)
    end = _("It ends after %(day)s.", day=until.isoformat()) if until is not None else _("It has no end date.")
    heading = _("Give %(name)s the role “%(role)s”?", name=account.display_name, role=title)
    return Question(heading, [who, what, end, *_told(account, owners=True)], _("Give the role"))


def about_withdrawal(account: Account, title: str, *, is_last: bool) -> Question:
    """Return the question before a role is taken away; `is_last` where the person has no other."""
    who = _("The account is that of %(email)s.", email=account.email)
    takes = _("These pages close for the person at once.") if is_last else _("Other roles of the person stay.")
    heading = _("Withdraw the role “%(role)s” of %(name)s?", role=title, name=account.display_name)
    stays = _("The account stays.")
    return Question(heading, [who, takes, stays, *_told(account, owners=True)], _("Withdraw the role"))


def about_session(account: Account, browser: str) -> Question:
    """Return the question before one session is ended."""
    ends = _("The session of %(email)s ends: %(browser)s.", email=account.email, browser=browser)
    heading = _("End this session of %(name)s?", name=account.display_name)
    return Question(heading, [ends, *_told(account, owners=False)], _("End the session"))


def about_client(verb: str, client: Client) -> Question:
    """Return the question before a client is disabled or enabled."""
    if verb == "disable":
        ends = _(
            "Nobody can sign in to the app, it gets no tokens, and those it has are refused, until it is enabled again."
        )
        return Question(_("Disable %(name)s?", name=client.client_name), [ends], _("Disable the app"))
    opens = _("The app gets tokens again, and those that have not expired are good again.")
    return Question(_("Enable %(name)s?", name=client.client_name), [opens], _("Enable the app"), is_danger=False)


def about_client_owner(client: Client, account: Account) -> Question:
    """Return the question before somebody owns a client no more."""
    ends = _("%(email)s sees and changes it no more. What they have saved stays.", email=account.email)
    kept = _("The secret stays as it is: if they know it and should not, renew it.")
    heading = _("Take the client %(client)s from %(name)s?", client=client.client_name, name=account.display_name)
    return Question(heading, [ends, kept], _("Remove the owner"))


def about_giving_up(client: Client) -> Question:
    """Return the question before an owner gives a client up."""
    ends = _("You see and change it no more. An administrator can name you again.")
    return Question(_("Own %(name)s no more?", name=client.client_name), [ends], _("Own it no more"))


def about_provider(verb: str, row: UpstreamProvider, stranded: list[str]) -> Question:
    """Return the question before a provider is disabled or enabled; `stranded` are administrators with no other way in."""
    if verb == "disable":
        sentences = [_("Nobody signs in by it until it is enabled again. Identities stay linked, and sessions go on.")]
        if row.only_domains:
            domains = ", ".join(row.only_domains)
            sentences.append(_("People of %(domains)s sign in by password again meanwhile.", domains=domains))
        return Question(_("Disable %(name)s?", name=row.display_name), sentences, _("Disable the provider"))
    sentences = [_("Its button is shown again, and whoever is linked to it signs in by it.")]
    if row.only_domains:
        domains = ", ".join(row.only_domains)
        sentences.append(_("People of %(domains)s sign in through it alone then.", domains=domains))
    if stranded:
        who = ", ".join(stranded[:10])
        sentences.append(_("These administrators are not connected to it and could be locked out: %(who)s.", who=who))
    heading, button = _("Enable %(name)s?", name=row.display_name), _("Enable the provider")
    return Question(heading, sentences, button, is_danger=bool(stranded))


def about_old_secret(client: Client) -> Question:
    """Return the question before the secret before the last renewal is ended."""
    ends = _("Wherever the app still has the old secret it gets no tokens any more. The new one stays good.")
    heading = _("End the old secret of %(name)s?", name=client.client_name)
    return Question(heading, [ends], _("End the old secret"))


def about_policy(required: Required) -> Question:
    """Return the question before another rule of second factors."""
    means = {
        Required.NOBODY: _(
            "Nobody must have a second factor then. Those who have one are asked for it, and may remove it."
        ),
        Required.ADMINISTRATORS: _("Every administrator must have a second factor then, and nobody else."),
        Required.EVERYBODY: _("Everybody must have a second factor then, and sets one up at the next page or sign-in."),
    }
    told = _("The owners are told by mail.")
    return Question(_("Change who must have a second factor?"), [means[required], told], _("Change the rule"))


def about_stream(verb: str, name: str) -> Question:
    """Return the question before one of `STREAM_VERBS`."""
    match verb:
        case "delete":
            ends = _("Nothing more is sent to it, and what it has not got yet it never gets.")
            return Question(_("Delete %(name)s?", name=name), [ends], _("Delete the stream"))
        case "secret":
            both = _("Messages are signed by the new secret and, for 24 hours, by the old one, too.")
            heading = _("Renew the secret of %(name)s?", name=name)
            return Question(heading, [both], _("Renew the secret"), is_danger=False)
        case _:
            ends = _("A receiver that still has the old secret takes no messages any more.")
            return Question(_("End the old secret of %(name)s?", name=name), [ends], _("End the old secret"))


def about_target(client: Client, where: str) -> Question:
    """Return the question before people of an app are brought to a host no more."""
    ends = _("Nobody is brought to %(host)s any more. Whoever is there stays as they are, active or not.", host=where)
    return Question(_("Bring nobody to %(name)s any more?", name=client.client_name), [ends], _("Delete the target"))


def about_signals(client: Client, waiting: int) -> Question:
    """Return the question before a stream of an app is deleted, with what waits for it."""
    lost = ngettext(
        "%(num)s event that waits is lost, and the app is not told.",
        "%(num)s events that wait are lost, and the app is not told.",
        waiting,
    )
    again = _("It may make another one. To keep it from that, take the scope ssf.manage away.")
    title = _("Delete this stream of %(name)s?", name=client.client_name)
    return Question(title, [lost, again], _("Delete the stream"))


def about_retention(days: int) -> Question:
    """Return the question before events of the audit log are kept for so many days only."""
    goes = _("The next purge deletes every event that is older, and nobody gets it back. Export first what you need.")
    told = _("The administrators are told by mail, and the log says how many events went.")
    return Question(_("Keep events for %(days)s days?", days=days), [goes, told], _("Keep them for so long"))


def about_group(path: str, hanging: groups.Hanging) -> Question:
    """Return the question before a group is deleted, with what is lost with it."""
    lost = [
        ngettext(
            "%(num)s group below it is deleted, too.", "%(num)s groups below it are deleted, too.", hanging.groups
        ),
        ngettext("%(num)s membership ends.", "%(num)s memberships end.", hanging.members),
        ngettext(
            "%(num)s owner owns nothing here any more.", "%(num)s owners own nothing here any more.", hanging.owners
        ),
        ngettext(
            "%(num)s app lets in the members of it: if it names no other group, nobody may use it then.",
            "%(num)s apps let in the members of it: those that name no other group nobody may use then.",
            hanging.clients,
        ),
        ngettext(
            "%(num)s role of an administrator for its people is withdrawn.",
            "%(num)s roles of administrators for its people are withdrawn.",
            hanging.administrators,
        ),
    ]
    counts = (hanging.groups, hanging.members, hanging.owners, hanging.clients, hanging.administrators)
    told = [sentence for sentence, count in zip(lost, counts, strict=True) if count]
    nothing = [_("Nothing hangs on it: no group lies below it, and nobody belongs to it.")]
    return Question(_("Delete the group %(path)s?", path=path), told or nothing, _("Delete the group"))


def about_invitation(email: str) -> Question:
    """Return the question before an invitation is revoked."""
    ends = _("The link in the message that was sent opens nothing any more. You can invite the address again.")
    heading = _("Revoke the invitation of %(email)s?", email=email)
    return Question(heading, [ends], _("Revoke the invitation"))


def about_terms() -> Question:
    """Return the question before nobody has to accept any terms any more."""
    ends = _("Nobody is asked to accept terms any more. What was accepted, and when, stays recorded.")
    told = _("The owners are told by mail.")
    return Question(_("End the terms of service?"), [ends, told], _("End the terms"))


def about_attribute(label: str, *, is_custom: bool) -> Question:
    """Return the question before an attribute is deleted."""
    heading = _("Delete the attribute %(label)s?", label=label)
    if not is_custom:
        ends = _("The field stays in the profile. It is not required any more, and nobody is asked for it at sign-up.")
        return Question(heading, [ends], _("Delete the attribute"))
    lost = _("What people have in it is lost. It is shown and told nowhere any more, and erased within the hour.")
    apps = _("Claims that are made of it are told to no app any more.")
    return Question(heading, [lost, apps], _("Delete the attribute"))


def about_group_person(kind: str, path: str, account: Account) -> Question:
    """Return the question before somebody is no member, or no owner, of a group any more."""
    if kind == "owners":
        ends = _("%(email)s no longer says who the members of %(path)s are.", email=account.email, path=path)
        heading = _("Let %(name)s own the group no more?", name=account.display_name)
        return Question(heading, [ends], _("Remove the owner"))
    ends = _("%(email)s is no member of %(path)s any more.", email=account.email, path=path)
    apps = _("Apps are told so at the next sign-in or refresh; apps for members alone close at once.")
    return Question(_("Remove %(name)s from the group?", name=account.display_name), [ends, apps], _("Remove"))


def about_role_deletion(name: str, hanging: roles.Hanging) -> Question:
    """Return the question before a role is deleted, with what is lost with it."""
    lost = [
        ngettext("It is taken from %(num)s person.", "It is taken from %(num)s people.", hanging.people),
        ngettext("It is taken from %(num)s group.", "It is taken from %(num)s groups.", hanging.groups),
    ]
    told = [sentence for sentence, count in zip(lost, (hanging.people, hanging.groups), strict=True) if count]
    nothing = [_("It is given to nobody.")]
    return Question(_("Delete the role %(name)s?", name=name), told or nothing, _("Delete the role"))


def about_role_holder(name: str, email: str) -> Question:
    """Return the question before a role is taken from a person."""
    ends = _("%(email)s has it no more, unless by a group or by default.", email=email)
    return Question(_("Take the role %(name)s?", name=name), [ends], _("Take the role"))


def about_role_of_group(name: str, path: str) -> Question:
    """Return the question before a role is taken from a group."""
    ends = _(
        "The members of %(path)s have it no more, unless it was given to them, by another group or by default.",
        path=path,
    )
    return Question(_("Take the role %(name)s from the group?", name=name), [ends], _("Take the role"))


def about_claim(claim: str, owner: str) -> Question:
    """Return the question before a claim is told no more."""
    ends = _("%(owner)s is not told it any more, from the next token on.", owner=owner)
    return Question(_("Remove the claim %(claim)s?", claim=claim), [ends], _("Remove the claim"))


def about_exchange(name: str, subject: str, audience: str) -> Question:
    """Return the question before a client exchanges some tokens no more."""
    ends = _(
        "%(name)s exchanges no more tokens of %(subject)s for %(audience)s.",
        name=name,
        subject=subject,
        audience=audience,
    )
    return Question(
        _("Remove the rule?"), [ends, _("Tokens that it has count on until they expire.")], _("Remove the rule")
    )


def _told(account: Account, *, owners: bool) -> list[str]:
    if owners and account.is_verified:
        return [_("The person and the owners are told by mail.")]
    if owners:
        return [_("The owners are told by mail.")]
    return [_("The person is told by mail.")] if account.is_verified else []
