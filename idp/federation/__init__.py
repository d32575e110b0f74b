"""Upstream sign-in: Google (OpenID Connect), GitHub and 42 (OAuth 2), with Authlib's client."""
