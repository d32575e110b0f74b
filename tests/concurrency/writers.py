"""Everything that a request can write to an account, over HTTP, each prepared up to the one request that writes."""

from idp.factors import passkeys
from tests.concurrency.scene import Act, Scene
from tests.core import mails
from tests.factories import PASSWORD
from tests.factors.authenticator import Authenticator
from tests.federation.traveller import Traveller
from tests.two_factors import give_app

OTHER = "Other1!password"


def change_password(scene: Scene) -> Act:
    """Choose a new password on the page."""
    return scene.post("/account/password", current_password=PASSWORD, new_password=OTHER)


def renew_hash_and_change_password(scene: Scene) -> Act:
    """The same, where the present hash is due to be renewed too."""
    scene.age_hash()
    return change_password(scene)


def change_profile(scene: Scene) -> Act:
    """Change names, and give the username up."""
    return scene.post("/account", given_name="Mallory", username="")


def choose_username(scene: Scene) -> Act:
    """Choose the first username."""
    with scene.provider.account(scene.person) as account:
        account.username = None
    return scene.post("/auth/username/choose", username=f"chosen{scene.person.id}")


def ask_for_address(scene: Scene) -> Act:
    """Ask to move to another address."""
    return scene.post("/account/email", email=f"new-{scene.person.id}@example.org")


def confirm_address(scene: Scene) -> Act:
    """Move there by the code."""
    ask_for_address(scene)()
    with scene.provider.working():
        code = next(mail for mail in reversed(mails.waiting()) if mail.label == "confirm_new_email").code
    return scene.post("/account/email/code", code=code)


def connect(scene: Scene) -> Act:
    """Connect GitHub, which is asked in between."""
    started = scene.post("/account/connections/github/connect")()
    path = scene.browser.travel(started.location)
    return lambda: scene.browser.get(path)


def disconnect(scene: Scene) -> Act:
    """Disconnect it."""
    return scene.post(f"/account/connections/{scene.link()}/disconnect")


def register_passkey(scene: Scene) -> Act:
    """Add a passkey."""
    options = scene.browser.get("/account/security/passkeys/options").text
    credential = Authenticator("http://localhost:5000").create(options)
    return scene.post("/account/security/passkeys/new", name="Key", credential=credential)


def begin_app(scene: Scene) -> Act:
    """Begin to add an authenticator app."""
    return scene.post("/account/security/authenticator")


def confirm_app(scene: Scene) -> Act:
    """Confirm the app by its first code."""
    import pyotp

    from idp.factors import totp

    begun = begin_app(scene)()
    with scene.provider.account(scene.person) as account:
        row = totp.find_pending(account.id)
        assert row is not None
        secret = totp.typed_secret(row).replace(" ", "")
    return scene.post(begun.location, code=pyotp.TOTP(secret).now(), name="Phone")


def renew_codes(scene: Scene) -> Act:
    """Make new recovery codes."""
    scene.with_app()
    return scene.post("/account/security/recovery-codes")


def _factor(scene: Scene) -> str:
    key = scene.with_passkey()
    with scene.provider.working():
        return next(row.id for row in passkeys.list_all(scene.person.id) if row.credential_id == key.credential_id)


def rename_factor(scene: Scene) -> Act:
    """Rename a passkey."""
    return scene.post(f"/account/security/passkey/{_factor(scene)}/rename", name="Renamed")


def remove_factor(scene: Scene) -> Act:
    """Remove the last passkey."""
    return scene.post(f"/account/security/passkey/{_factor(scene)}/remove")


def consent(scene: Scene) -> Act:
    """Allow an application."""
    page = scene.browser.authorize(scene.shop).location
    return scene.post(page, page=page, decision="allow")


def authorize(scene: Scene) -> Act:
    """Let an application in that was allowed before."""
    scene.browser.answer(scene.shop)
    return lambda: scene.browser.authorize(scene.shop)


def close(scene: Scene) -> Act:
    """Have the account deleted."""
    return scene.post("/account/delete", understood="y")


def redeem(scene: Scene) -> Act:
    """Redeem a code for tokens."""
    code = scene.browser.answer(scene.shop, scope="openid offline_access")["code"]
    return lambda: scene.provider.redeem(scene.shop, code)


def refresh(scene: Scene) -> Act:
    """Refresh tokens."""
    tokens = scene.provider.grant(scene.shop, scene.browser, scope="openid offline_access")
    return lambda: scene.provider.refresh(scene.shop, tokens["refresh_token"])


def call_change_password(scene: Scene) -> Act:
    """Document 1: choose a new password."""
    return scene.call("/auth/password/change/", old_password=PASSWORD, new_password=OTHER)


def call_change_profile(scene: Scene) -> Act:
    """Document 1: change a name."""
    return scene.call("/users/me/", "PATCH", first_name="Mallory")


def call_change_address(scene: Scene) -> Act:
    """Document 1: ask to move to another address, with the password."""
    return scene.call("/users/me/", "PATCH", email=f"n{scene.person.id}@example.org", current_password=PASSWORD)


def call_change_everything(scene: Scene) -> Act:
    """Document 5: change username, address and password at once."""
    names = {"username": f"other{scene.person.id}", "password": OTHER, "email": f"e{scene.person.id}@example.org"}
    body = {"change_list": list(names), "current_password": PASSWORD} | names
    return scene.call("/user/update-infos/", **body)


def call_choose_username(scene: Scene) -> Act:
    """Document 3: choose a username."""
    return scene.call("/auth/username", username=f"third{scene.person.id}")


def call_begin_app(scene: Scene) -> Act:
    """Document 5: begin to add an app, with the password."""
    return scene.call("/user/2fa/enable", current_password=PASSWORD)


def call_turn_factors_off(scene: Scene) -> Act:
    """Document 5: remove every factor, with the password."""
    give_app(scene.provider, scene.person)
    return scene.call("/user/2fa/disable", factor=True, password=PASSWORD)


def sign_in(scene: Scene) -> Act:
    """Sign in by the password."""
    scene.browser = Traveller(scene.provider)
    return scene.post("/signin", page="/signin", username=scene.person.email, password=PASSWORD)


def sign_in_with_an_old_hash(scene: Scene) -> Act:
    """The same, where the hash is due to be renewed."""
    scene.age_hash()
    return sign_in(scene)


def sign_in_again(scene: Scene) -> Act:
    """Type the password once more in a session."""
    scene.age_hash()
    return scene.post("/signin?again=1", page="/signin?again=1", password=PASSWORD, username=scene.person.email)


def sign_in_with_a_factor_to_come(scene: Scene) -> Act:
    """Show the password where a second factor is asked for next."""
    give_app(scene.provider, scene.person)
    return sign_in(scene)


def call_sign_in(scene: Scene) -> Act:
    """Document 1: sign in."""
    scene.age_hash()
    body = {"username": scene.person.email, "password": PASSWORD}
    return lambda: scene.provider.app.test_client().post("/auth/login/", json=body)


def show_a_code(scene: Scene) -> Act:
    """Finish a sign-in by an app's code."""
    app = scene.with_app()
    scene.half_signed_in()
    return scene.post("/signin/code", page="/signin", code=app.code())


def show_a_recovery_code(scene: Scene) -> Act:
    """Finish a sign-in by a recovery code."""
    code = scene.with_codes()
    scene.half_signed_in()
    return scene.post("/signin/code", page="/signin", code=code)


def show_a_second_passkey(scene: Scene) -> Act:
    """Finish a sign-in by a passkey."""
    key = scene.with_passkey()
    scene.half_signed_in()
    credential = key.get(scene.browser.get("/signin/passkey/options?second=1").text)
    return scene.post("/signin/code/passkey", page="/signin", credential=credential)


def step_up(scene: Scene) -> Act:
    """Show the second factor once more in a session."""
    app = scene.with_app()
    return scene.post("/signin/code?again=1", code=app.code())


def sign_in_with_a_passkey(scene: Scene) -> Act:
    """Sign in by a passkey alone."""
    key = scene.with_passkey()
    scene.browser = Traveller(scene.provider)
    credential = key.get(scene.browser.get("/signin/passkey/options").text)
    return scene.post("/signin/passkey", page="/signin", credential=credential)


def sign_in_by_a_provider(scene: Scene) -> Act:
    """Sign in by GitHub, which is asked in between."""
    scene.link()
    scene.browser = Traveller(scene.provider)
    path = scene.browser.travel(scene.browser.press("github"))
    return lambda: scene.browser.get(path)


# Who acts by a session, or by its tokens.
SIGNED_IN = [
    change_password, renew_hash_and_change_password, change_profile, choose_username, ask_for_address, confirm_address, connect,
    disconnect, register_passkey, begin_app, confirm_app, renew_codes, rename_factor, remove_factor, consent, authorize, close, step_up,
    call_change_password, call_change_profile, call_change_address, call_change_everything, call_choose_username, call_begin_app,
    call_turn_factors_off,
]  # fmt: skip
# Who acts by the password alone; ending sessions is nothing to them.
BY_PASSWORD = [
    sign_in, sign_in_with_an_old_hash, sign_in_again, sign_in_with_a_factor_to_come, call_sign_in, show_a_code, show_a_recovery_code,
    show_a_second_passkey,
]  # fmt: skip
# Who acts by something that a new password leaves.
OTHERWISE = [sign_in_with_a_passkey, sign_in_by_a_provider]
BY_FACTOR = [renew_codes, show_a_code, show_a_recovery_code, show_a_second_passkey, sign_in_with_a_passkey, step_up]
# What lets go of the database in between, at which place.
PAUSING = [
    change_password, renew_hash_and_change_password, connect, call_change_password, call_change_address, call_change_everything,
    call_begin_app, call_turn_factors_off, sign_in, sign_in_with_an_old_hash, sign_in_again, sign_in_with_a_factor_to_come, call_sign_in,
]  # fmt: skip
