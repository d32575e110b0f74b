"""The authorization server and OpenID Provider: authorize, token, userinfo, discovery, revocation, introspection, logout."""
