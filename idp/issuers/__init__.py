"""Issuers of JWTs that administrators trust: authorization servers, clusters and build services, whose word counts here (RFC 7523)."""
