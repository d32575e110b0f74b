"""The pages on which a person connects a device (RFC 8628), for the inventory."""

from typing import TYPE_CHECKING

from tests.spec.rfc8628 import devices

if TYPE_CHECKING:
    from tests.pages.inventory import Inventory


def connect(found: "Inventory") -> None:
    """Open the page for a code, as it is and as its link leads there, the page that asks, and where both answers lead."""
    browser = found.provider.browser(found.provider.person("viewer@example.org"))
    device = devices.begin(found.provider, devices.television(found.provider), scope="openid profile offline_access")
    found.open(browser, "/device", f"/device?user_code={device.user_code}", "/device/connected", "/device/denied")
    found.refuse(browser, "/device", user_code="BBBB-BBBB")
    found.open(browser, devices.lead(browser, device))
