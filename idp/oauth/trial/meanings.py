"""What each parameter of an authorization request asks for, and where what is wrong with it is mended."""

from collections.abc import Callable

from flask_babel import gettext as _

from idp.clients.registered import RegisteredClient
from idp.oauth.parameters import AuthorizationParameters

Meaning = Callable[[AuthorizationParameters, RegisteredClient], str]


def of(name: str, asked: AuthorizationParameters, client: RegisteredClient) -> str:
    """Return what a good parameter asks for, as this server takes it."""
    meaning = _MEANINGS.get(name)
    if meaning is None:
        return str(_("This server knows the parameter, and it changes nothing here."))
    return meaning(asked, client)


def mend(name: str, client: RegisteredClient) -> tuple[str, str | None]:
    """Return how a wrong parameter is mended, and the member of the registration that would do it; None where the app alone can."""
    match name:
        case "redirect_uri":
            told = _("Have the app send a registered one, letter by letter; or add this one to the redirect URIs.")
            return told, "redirect_uris"
        case "scope":
            return _("Add what is missing to the scopes; or have the app ask for less."), "scope"
        case "response_type":
            told = _("Have the app ask for a response type that is registered (most use code); or register this one.")
            return told, "grant_types"
        case "code_challenge" if not client.metadata.is_public:
            told = _("Have the app use PKCE with S256. Only for an app that cannot: do not require PKCE.")
            return told, "require_pkce"
        case "request" | "request_uri":
            return _("Look at the app's keys, and at the addresses of its request objects."), "request_uris"
        case "resource":
            return _("Register the API, and the app for one of its scopes; or have the app name another one."), "scope"
        case "authorization_details":
            told = _("Register the type, and the app for it; or have the app send what fits its schema.")
            return told, "authorization_details_types"
        case "client_id":
            return _("Give the app the client ID of this page."), None
        case _:
            return _("It is mended in the app."), None


def _response_type(asked: AuthorizationParameters, _client: RegisteredClient) -> str:
    if asked.response_type == "code":
        return str(_("The app asks for a code, which it exchanges for tokens behind the browser's back."))
    return str(_("The app asks for tokens through the browser, as older apps do."))


def _redirect_uri(asked: AuthorizationParameters, client: RegisteredClient) -> str:
    if asked.redirect_uri in client.metadata.redirect_uris:
        return str(_("Registered, letter by letter."))
    return str(_("Registered but for the port, which an app on the person's own machine chooses anew each time."))


def _scope(asked: AuthorizationParameters, client: RegisteredClient) -> str:
    return str(_("Granted, once the person agrees: %(scopes)s.", scopes=asked.granted_scope(client)))


def _prompt(asked: AuthorizationParameters, _client: RegisteredClient) -> str:
    words = {
        "none": _(
            "No page may be shown: who is not signed in, or would be asked something, is sent back with an error."
        ),
        "login": _("The person signs in again, whoever is signed in."),
        "select_account": _("The person signs in again, and may choose another account."),
        "consent": _("The person is asked for consent, even if they gave it before."),
        "create": _("The person is led to sign-up first."),
    }
    return " ".join(sentence for value, sentence in words.items() if value in asked.prompts)


def _max_age(asked: AuthorizationParameters, _client: RegisteredClient) -> str:
    return str(_("Whoever signed in more than %(seconds)s seconds ago signs in again.", seconds=asked.max_age))


_MEANINGS: dict[str, Meaning] = {
    "response_type": _response_type,
    "redirect_uri": _redirect_uri,
    "scope": _scope,
    "prompt": _prompt,
    "max_age": _max_age,
    "client_id": lambda _asked, _client: _("It is this client."),
    "state": lambda _asked, _client: _("It comes back with the answer, so that the app knows its own request again."),
    "nonce": lambda _asked, _client: _("It comes back in the ID token, so that the app knows that it is new."),
    "code_challenge": lambda _asked, _client: _(
        "PKCE: the token request has to bring the verifier that this was made of."
    ),
    "code_challenge_method": lambda _asked, _client: _("How the challenge was made of the verifier."),
    "login_hint": lambda _asked, _client: _("It is filled in where people type their address."),
    "acr_values": lambda _asked, _client: _("A wish for how people sign in: 2 is with a second factor."),
    "id_token_hint": lambda _asked, _client: _(
        "The person that the app expects; somebody else is asked to sign in as them."
    ),
    "dpop_jkt": lambda _asked, _client: _("The key that the code is bound to: the token request has to prove it."),
    "resource": lambda _asked, _client: _("The APIs that access tokens are asked for; each token is for one of them."),
    "authorization_details": lambda _asked, _client: _("What is asked for in detail, each as its type is registered."),
    "response_mode": lambda _asked, _client: _("How the answer travels back."),
    "claims": lambda _asked, _client: _("Single claims that are asked for by name."),
    "request": lambda _asked, _client: _("A signed request object: what is inside counts, and nothing beside it."),
    "request_uri": lambda _asked, _client: _("A registered address of a request object: what is inside counts."),
}
