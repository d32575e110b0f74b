"""APIs that administrators register (resources, as RFC 8707 calls them): their scopes, and how their access tokens are made.

Which tokens are made for one is decided by `oauth`; here is what is known of it.
"""
