"""The device grant at the token endpoint (RFC 8628, sections 3.4 and 3.5): a device polls until its person has decided."""

from authlib.oauth2.rfc6749 import InvalidRequestError

from idp.base import clock
from idp.clients.metadata import DEVICE_CODE
from idp.oauth import refusals
from idp.oauth.device import redeeming, requests
from idp.oauth.grants.entitlement import Entitlement
from idp.oauth.grants.lives import idle_life
from idp.oauth.grants.phases import Grant
from idp.oauth.refusals import Cause, Refusal


class DeviceCodeGrant(Grant):
    """RFC 8628, section 3.4."""

    GRANT_TYPE = DEVICE_CODE

    def claim(self) -> Entitlement:
        """Claim what the person allowed for this poll alone.

        Raises:
            Refusal: `authorization_pending`, `slow_down`, `access_denied`, `expired_token` (section 3.5), or `invalid_grant`.
        """
        code = self.request.form.get("device_code")
        if code is None:
            raise InvalidRequestError("Missing 'device_code' in request.")
        self._look(code)
        granted = redeeming.redeem(code, self.client, self.confirmation, idle_life(self.client), self.resource)
        if granted is None:
            cause = redeeming.diagnose(code, self.client, self.resource)
            if cause is Cause.DEVICE_CODE_EXPIRED:
                raise Refusal("expired_token", cause)
            raise refusals.of_grant(cause or Cause.DEVICE_CODE_USED, self.client)
        return Entitlement(granted.scope, granted, nonce=granted.nonce)

    def _look(self, code: str) -> None:
        """Say what the device waits for, unless its person has allowed it."""
        row = requests.look(code)
        if row is None:
            raise Refusal("invalid_grant", Cause.DEVICE_CODE_UNKNOWN)
        if row.client_id != self.client.client_id:
            raise refusals.of_grant(Cause.DEVICE_CODE_OF_ANOTHER_CLIENT, self.client)
        if row.denied_at is not None:
            raise Refusal("access_denied", Cause.DEVICE_DENIED)
        if row.grant_id is not None:
            return
        if row.expires_at <= clock.now():
            raise Refusal("expired_token", Cause.DEVICE_CODE_EXPIRED)
        seconds = requests.note_poll(row)
        if seconds is not None:
            raise Refusal("slow_down", Cause.DEVICE_IMPATIENT, more=f"Wait {seconds} seconds from now on.")
        raise Refusal("authorization_pending", Cause.DEVICE_PENDING)
