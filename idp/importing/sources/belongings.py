"""What belongs to people of Django and stands apart from them: proved addresses, authenticator apps, recovery codes.

It is gathered before the people are read, so that nobody comes without a second factor first, and with it a moment later. Only what
belongs to somebody is held; the people are not.
"""

import hmac
from collections import defaultdict
from hashlib import sha1
from typing import Any

from idp.importing.entries import Seed
from idp.importing.sources import values
from idp.importing.sources.records import Record, read_json
from idp.importing.sources.seeds import HEX, read_base32, read_hex

OTHER_CODES = (
    "Its codes are not of six digits from SHA-1 every 30 seconds. The person sets up a new app after signing in."
)
SEALED = "Its secret is sealed in the export, or none."
PASSKEYS = "A passkey belongs to the host where it was made. The person makes a new one."
OTHER_FACTOR = "There is no factor of its kind here ({}). The person sets up another after signing in."
# How allauth derives codes from a seed, unless its settings say otherwise.
ALLAUTH_SEED, ALLAUTH_CODES, ALLAUTH_DIGITS = 80, 10, 8

TOTP = ("otp_totp.totpdevice", "authentik_stages_authenticator_totp.totpdevice")
STATIC = ("otp_static.staticdevice", "authentik_stages_authenticator_static.staticdevice")
CODES = ("otp_static.statictoken", "authentik_stages_authenticator_static.statictoken")
WEBAUTHN = ("authentik_stages_authenticator_webauthn.webauthndevice",)
OTHER = {
    "otp_hotp.hotpdevice": "HOTP",
    "otp_email.emaildevice": "e-mail",
    "authentik_stages_authenticator_duo.duodevice": "Duo",
    "authentik_stages_authenticator_sms.smsdevice": "SMS",
    "authentik_stages_authenticator_email.emaildevice": "e-mail",
}
MODELS = ("account.emailaddress", "mfa.authenticator", *TOTP, *STATIC, *CODES, *WEBAUTHN, *OTHER)


class Belongings:
    """What was gathered, by the keys of people."""

    def __init__(self) -> None:
        self.seeds: dict[str, list[Seed]] = defaultdict(list)
        self.codes: dict[str, list[str]] = defaultdict(list)
        self.lost: dict[str, dict[str, str]] = defaultdict(dict)
        self._proved: set[tuple[str, int]] = set()
        self._devices: dict[str, str] = {}

    def gather(self, record: Record) -> None:
        """Take up a record, if it is one that belongs to somebody."""
        owner, model, fields = values.text(record.fields, "user", "user_id"), record.model, record.fields
        if model == "account.emailaddress" and values.flag(fields, "verified"):
            self._proved.add((owner, hash(values.text(fields, "email").lower())))
        elif model == "mfa.authenticator":
            self._gather_allauth(owner, fields)
        elif model in TOTP:
            self._gather_totp(owner, fields)
        elif model in STATIC:
            self._devices[f"{model}/{record.pk}"] = owner if values.flag(fields, "confirmed", True) else ""
        elif model in CODES:
            device = values.text(fields, "device", "device_id")
            found = self._devices.get(f"{STATIC[CODES.index(model)]}/{device}")
            if found:
                self.codes[found].append(values.text(fields, "token"))
        elif model in WEBAUTHN:
            self.lost[owner]["passkeys"] = PASSKEYS
        elif model in OTHER and values.flag(fields, "confirmed", True):
            self.lost[owner]["authenticator"] = OTHER_FACTOR.format(OTHER[model])

    def is_proved(self, owner: str, email: str) -> bool:
        """Return whether an address of somebody was proved there."""
        return (owner, hash(email.lower())) in self._proved

    def _gather_totp(self, owner: str, fields: Any) -> None:
        if not values.flag(fields, "confirmed"):
            return
        key = read_hex(values.text(fields, "key"))
        counts = [values.text(fields, name) or usual for name, usual in (("digits", "6"), ("step", "30"), ("t0", "0"))]
        if counts != ["6", "30", "0"]:
            self.lost[owner]["authenticator"] = OTHER_CODES
        elif key is None:
            self.lost[owner]["authenticator"] = SEALED
        else:
            self.seeds[owner].append(Seed(values.text(fields, "name"), key))

    def _gather_allauth(self, owner: str, fields: Any) -> None:
        kind, data = values.text(fields, "type"), read_json(fields.get("data"))
        if kind == "totp":
            secret = read_base32(values.text(data, "secret"))
            if secret is None:
                self.lost[owner]["authenticator"] = SEALED
            else:
                self.seeds[owner].append(Seed("", secret))
        elif kind == "recovery_codes":
            codes = _derive(data)
            self.codes[owner] += codes
            if not codes:
                self.lost[owner]["recovery_codes"] = SEALED
        elif kind == "webauthn":
            self.lost[owner]["passkeys"] = PASSKEYS


def _derive(data: Any) -> list[str]:
    """Return the codes of allauth that are still to be used: kept ones, or those that its seed stands for."""
    if isinstance(data.get("migrated_codes"), list):
        return values.texts(data, "migrated_codes")
    seed, used = values.text(data, "seed"), data.get("used_mask")
    if len(seed) != ALLAUTH_SEED or HEX.fullmatch(seed) is None or not isinstance(used, int):
        return []
    state = hmac.new(seed.encode(), None, sha1)
    codes = []
    for number in range(ALLAUTH_CODES):
        state.update(f"{number:3},".encode())
        value = int.from_bytes(state.digest()[: ALLAUTH_DIGITS // 2]) % 10**ALLAUTH_DIGITS
        if not used & (1 << number):
            codes.append(f"{value:0{ALLAUTH_DIGITS}}")
    return codes
