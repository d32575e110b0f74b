"""Snippets for Spring Boot, Go, oauth2-proxy and Grafana."""

import shlex
from string import Template

from idp.admin.quickstart.facts import SECRET_NAME, Facts, quoted

GO = Template("""\
// main.go: go mod init shop; go get github.com/coreos/go-oidc/v3/oidc golang.org/x/oauth2; go run .
package main

import (
\t"context"
\t"crypto/rand"
\t"encoding/json"
\t"log"
\t"net/http"
\t"os"

\t"github.com/coreos/go-oidc/v3/oidc"
\t"golang.org/x/oauth2"
)

func main() {
\tprovider, err := oidc.NewProvider(context.Background(), $issuer)
\tif err != nil {
\t\tlog.Fatal(err)
\t}
\tapp := oauth2.Config{
\t\tClientID:     $client_id,
\t\tClientSecret: os.Getenv("$secret_name"),
\t\tRedirectURL:  $redirect_uri,
\t\tEndpoint:     provider.Endpoint(),
\t\tScopes:       []string{{scopes}},
\t}
\tkeep := func(w http.ResponseWriter, name, value string) {
\t\thttp.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, MaxAge: 600})
\t}
\thttp.HandleFunc("GET $start", func(w http.ResponseWriter, r *http.Request) {
\t\tstate, verifier := rand.Text(), oauth2.GenerateVerifier()
\t\tkeep(w, "state", state)
\t\tkeep(w, "verifier", verifier)
\t\thttp.Redirect(w, r, app.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier)), http.StatusFound)
\t})
\thttp.HandleFunc($callback, func(w http.ResponseWriter, r *http.Request) {
\t\tstate, err := r.Cookie("state")
\t\tif err != nil || state.Value != r.URL.Query().Get("state") {
\t\t\thttp.Error(w, "This sign-in was not begun here.", http.StatusBadRequest)
\t\t\treturn
\t\t}
\t\tverifier, err := r.Cookie("verifier")
\t\tif err != nil {
\t\t\thttp.Error(w, "This sign-in has expired.", http.StatusBadRequest)
\t\t\treturn
\t\t}
\t\ttoken, err := app.Exchange(r.Context(), r.URL.Query().Get("code"), oauth2.VerifierOption(verifier.Value))
\t\tif err != nil {
\t\t\thttp.Error(w, "The sign-in failed.", http.StatusBadGateway)
\t\t\treturn
\t\t}
\t\tperson, err := provider.UserInfo(r.Context(), oauth2.StaticTokenSource(token))
\t\tif err != nil {
\t\t\thttp.Error(w, "The sign-in failed.", http.StatusBadGateway)
\t\t\treturn
\t\t}
\t\tjson.NewEncoder(w).Encode(person)
\t})
\tlog.Fatal(http.ListenAndServe("127.0.0.1:8000", nil))
}
""")


def spring(facts: Facts) -> str:
    """Return the settings of a Spring Boot application, and the bean that has Spring Security use PKCE with a secret."""
    scopes = ", ".join(quoted(scope) for scope in facts.scope.split())
    return f"""\
# application.yaml, with spring-boot-starter-oauth2-client
spring:
  security:
    oauth2:
      client:
        registration:
          gatehouse:
            client-id: {quoted(facts.client_id)}
            client-secret: "${{{SECRET_NAME}}}"
            scope: [{scopes}]
        provider:
          gatehouse:
            issuer-uri: {quoted(facts.issuer)}

# In a @Configuration class, since with a secret Spring Security before 7 leaves PKCE out:
#
#   @Bean
#   SecurityFilterChain security(HttpSecurity http, ClientRegistrationRepository clients) throws Exception {{
#     var resolver = new DefaultOAuth2AuthorizationRequestResolver(clients, "/oauth2/authorization");
#     resolver.setAuthorizationRequestCustomizer(OAuth2AuthorizationRequestCustomizers.withPkce());
#     return http.authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
#         .oauth2Login(login -> login.authorizationEndpoint(endpoint -> endpoint.authorizationRequestResolver(resolver)))
#         .build();
#   }}
"""


def go(facts: Facts) -> str:
    """Return a whole program on go-oidc and x/oauth2."""
    return GO.substitute(
        issuer=quoted(facts.issuer),
        client_id=quoted(facts.client_id),
        secret_name=SECRET_NAME,
        redirect_uri=quoted(facts.redirect_uri),
        scopes=", ".join(quoted(scope) for scope in facts.scope.split()),
        start=facts.start,
        callback=quoted(f"GET {facts.callback}"),
    )


def oauth2_proxy(facts: Facts) -> str:
    """Return the command that puts oauth2-proxy in front of a program that knows nothing of sign-ins."""
    return f"""\
export OAUTH2_PROXY_CLIENT_SECRET="${SECRET_NAME}"
export OAUTH2_PROXY_COOKIE_SECRET="$(openssl rand -base64 32 | tr -- '+/' '-_')"
oauth2-proxy --provider=oidc --code-challenge-method=S256 \\
  --oidc-issuer-url={shlex.quote(facts.issuer)} \\
  --client-id={shlex.quote(facts.client_id)} \\
  --redirect-url={shlex.quote(facts.origin + "/oauth2/callback")} \\
  --scope={shlex.quote(facts.scope)} \\
  --email-domain='*' --upstream=http://127.0.0.1:8080/
"""


def grafana(facts: Facts) -> str:
    """Return the environment that has Grafana sign people in."""
    issuer = facts.issuer
    values = {
        "ENABLED": "true",
        "NAME": "Gatehouse",
        "CLIENT_ID": facts.client_id,
        "SCOPES": facts.scope,
        "AUTH_URL": f"{issuer}/oauth/authorize",
        "TOKEN_URL": f"{issuer}/oauth/token",
        "API_URL": f"{issuer}/oauth/userinfo",
        "USE_PKCE": "true",
        "LOGIN_ATTRIBUTE_PATH": "preferred_username || email",
        "ALLOW_SIGN_UP": "true",
    }
    lines = [f"export GF_AUTH_GENERIC_OAUTH_{name}={shlex.quote(value)}" for name, value in values.items()]
    secret = f'export GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET="${SECRET_NAME}"'
    root = f"export GF_SERVER_ROOT_URL={shlex.quote(facts.origin)}"
    return "\n".join([root, *lines, secret]) + "\n"
