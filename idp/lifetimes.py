"""How long things live: durations that operators do not steer."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Lifetimes:
    """How long things live."""

    access_token: timedelta = timedelta(minutes=10)
    id_token: timedelta = timedelta(minutes=10)
    authorization_code: timedelta = timedelta(seconds=60)
    refresh_absolute: timedelta = timedelta(days=90)
    refresh_idle: timedelta = timedelta(days=30)
    # As NIST SP 800-63B-4, section 2.2.3, asks for two factors.
    session_absolute: timedelta = timedelta(hours=24)
    session_idle: timedelta = timedelta(hours=1)
    authorization_request: timedelta = timedelta(hours=24)
    # JARM, section 2.1, recommends ten minutes at most.
    signed_answer: timedelta = timedelta(minutes=5)
    device_code: timedelta = timedelta(minutes=10)
    one_time_code: timedelta = timedelta(minutes=10)
    verify_link: timedelta = timedelta(hours=24)
    reset_link: timedelta = timedelta(hours=1)
    set_password_link: timedelta = timedelta(hours=24)
    break_glass_link: timedelta = timedelta(hours=1)
    fresh_sign_in: timedelta = timedelta(minutes=10)
    sign_in_attempt: timedelta = timedelta(minutes=10)
    upstream_sign_in: timedelta = timedelta(minutes=10)
    second_factor_token: timedelta = timedelta(minutes=5)
    enrolment: timedelta = timedelta(minutes=30)
    webauthn_challenge: timedelta = timedelta(minutes=5)
    known_device: timedelta = timedelta(days=365)
    unlock_link: timedelta = timedelta(hours=24)
    undo_email_link: timedelta = timedelta(days=7)
    erasure_delay: timedelta = timedelta(days=14)
    # In which a reset discards what hangs on an account whose address was proved apart from it.
    proved_apart: timedelta = timedelta(days=30)
    # Without use, as long as nobody has proved its address.
    unproved_account: timedelta = timedelta(days=7)
    # For which a key signs; NIST SP 800-57 part 1, section 5.3.6, allows one to three years.
    signing_key: timedelta = timedelta(days=90)


LIFETIMES = Lifetimes()
