"""The options that stand for the members of a registration (RFC 7591, section 2), for `idp client create` and `update` alike."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class Seconds(click.ParamType["int | str"]):
    """A whole number, or nothing at all, which takes the member away."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        """Return the number, or the empty text."""
        return "" if value == "" else int(click.INT.convert(value, param, ctx))


# Options with a second name are called after the member of a registration that they hold.
MEMBERS = (
    click.option("--redirect-uri", "redirect_uris", multiple=True),
    click.option("--post-logout-redirect-uri", "post_logout_redirect_uris", multiple=True),
    click.option("--auth-method", "token_endpoint_auth_method", help="Token endpoint authentication method."),
    click.option("--auth-alg", "token_endpoint_auth_signing_alg", help="The one algorithm of its proofs."),
    click.option("--grant", "grant_types", multiple=True),
    click.option("--scope"),
    click.option("--id-token-alg", "id_token_signed_response_alg", help="RS256 at first."),
    click.option("--userinfo-alg", "userinfo_signed_response_alg", help="Sign what userinfo answers."),
    click.option("--request-object-alg", "request_object_signing_alg", help="The one of its requests."),
    click.option("--authorization-alg", "authorization_signed_response_alg", help="Signs its answers (JARM)."),
    click.option(
        "--introspection-alg", "introspection_signed_response_alg", help="Signs introspections for it (RFC 9701)."
    ),
    click.option(
        "--require-signed-request-object/--no-require-signed-request-object",
        default=None,
        help="Its requests are signed (RFC 9101).",
    ),
    click.option("--tls-client-auth-subject-dn", help="The subject of its certificate (RFC 8705)."),
    click.option("--tls-client-auth-san-dns", help="Or a host name in it."),
    click.option("--tls-client-auth-san-uri", help="Or a URI in it."),
    click.option("--tls-client-auth-san-ip", help="Or a network address in it."),
    click.option("--tls-client-auth-san-email", help="Or an e-mail address in it."),
    click.option(
        "--tls-client-certificate-bound-access-tokens/--no-tls-client-certificate-bound-access-tokens",
        default=None,
        help="Its tokens are bound to its certificate (RFC 8705).",
    ),
    click.option("--profile", help="fapi2 or fapi2_message_signing: all of its rules at once."),
    click.option("--response-type", "response_types", multiple=True),
    click.option("--subject-type", help="public, or pairwise: another sub for each sector."),
    click.option("--sector-identifier-uri"),
    click.option("--default-max-age", type=Seconds(), help="Seconds after which people sign in again."),
    click.option(
        "--default-acr-value", "default_acr_values", multiple=True, help="What it wishes for, the best first."
    ),
    click.option(
        "--require-auth-time/--no-require-auth-time", default=None, help="ID tokens always tell when people signed in."
    ),
    click.option("--initiate-login-uri"),
    click.option("--request-uri", "request_uris", multiple=True),
    click.option("--authorization-details-type", "authorization_details_types", multiple=True),
    click.option("--backchannel-logout-uri"),
    click.option(
        "--backchannel-logout-session-required/--no-backchannel-logout-session-required",
        default=None,
        help="Notices must name the session.",
    ),
    click.option(
        "--pkce/--no-pkce",
        "require_pkce",
        default=None,
        help="Required, as it is at first; or optional, but enforced when sent.",
    ),
    click.option(
        "--require-pushed-authorization-requests/--no-require-pushed-authorization-requests",
        default=None,
        help="It sends its requests here first (RFC 9126).",
    ),
    click.option(
        "--dpop-bound-access-tokens/--no-dpop-bound-access-tokens",
        default=None,
        help="Its access tokens are bound to a key that it proves (RFC 9449).",
    ),
    click.option(
        "--dpop-nonce-required/--no-dpop-nonce-required", default=None, help="Its proofs need a nonce of this server."
    ),
    click.option("--first-party/--no-first-party", default=None, help="Nobody is asked for consent."),
    click.option(
        "--require-second-factor/--no-require-second-factor",
        default=None,
        help="Only people with a second factor go on to it.",
    ),
    click.option(
        "--fedcm-enabled/--no-fedcm-enabled", default=None, help="The browser itself signs people in (FedCM)."
    ),
    click.option(
        "--claims-in-id-token/--no-claims-in-id-token",
        default=None,
        help="For apps that never ask userinfo, such as those on Auth.js.",
    ),
    click.option("--jwks-file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    click.option("--jwks-uri"),
    click.option("--application-type", help="web, or native: installed on devices."),
    click.option("--logo-uri", help="https: a PNG, JPEG or GIF of at most 200 kB."),
    click.option("--accent-color", help="A colour such as #0b5a52, in which text is legible on the page."),
    click.option("--client-uri", help="Home page."),
    click.option("--policy-uri", help="Privacy policy."),
    click.option("--tos-uri", help="Terms of service."),
    click.option("--contact", "contacts", multiple=True, help="E-mail address of somebody who runs it."),
    click.option("--software-id", help="What all installations of the app have in common."),
    click.option("--software-version"),
)


def members(command: F) -> F:
    """Give a command an option for every member of a registration but the name; what is not given is None or ()."""
    for option in reversed(MEMBERS):
        command = option(command)
    return command
