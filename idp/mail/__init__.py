"""Mails: one function per message. It renders subject, text and HTML, and puts them into the outbox; a worker sends them later.

What anybody can ask for goes to a `Counted` address alone. A notice of what happened to an account goes to its `Owner`: to an address that
was proved, or nowhere.
"""

from idp.mail.administration import by_administration as by_administration
from idp.mail.administration import to_administrators as to_administrators
from idp.mail.asked import already_registered as already_registered
from idp.mail.asked import confirm_new_email as confirm_new_email
from idp.mail.asked import invitation as invitation
from idp.mail.asked import reset_by_admin as reset_by_admin
from idp.mail.asked import reset_password as reset_password
from idp.mail.asked import verify_email as verify_email
from idp.mail.frame import MAIL as MAIL
from idp.mail.frame import NOBODY as NOBODY
from idp.mail.frame import Counted as Counted
from idp.mail.frame import Owner as Owner
from idp.mail.frame import Proved as Proved
from idp.mail.moves import deletion_scheduled as deletion_scheduled
from idp.mail.moves import email_change_asked as email_change_asked
from idp.mail.moves import email_change_undone as email_change_undone
from idp.mail.moves import email_changed as email_changed
from idp.mail.notices import account_held as account_held
from idp.mail.notices import address_claimed as address_claimed
from idp.mail.notices import address_confirmed_apart as address_confirmed_apart
from idp.mail.notices import app_withdrawn as app_withdrawn
from idp.mail.notices import factors_changed as factors_changed
from idp.mail.notices import new_device as new_device
from idp.mail.notices import password_changed as password_changed
from idp.mail.notices import recovery_code_used as recovery_code_used
from idp.mail.notices import upstream_linked as upstream_linked
from idp.mail.notices import upstream_unlinked as upstream_unlinked
from idp.mail.sending import discard as discard
from idp.mail.sending import send as send
