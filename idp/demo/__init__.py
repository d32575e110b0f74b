"""The demonstration of `make run`: the provider, a relying party that signs in at it, and a page with the mails it would send.

`run` supervises; everything listens on loopback only. Nothing here is part of the provider, and no other room imports it.
"""
