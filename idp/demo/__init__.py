"""The demonstration of `make run`: the provider, a relying party that signs in at it, and a page with the mails it would send."""
