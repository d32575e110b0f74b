"""Types of authorization details (RFC 9396), which administrators register: each with a JSON Schema, and words for the consent page.

What a client asks for in them, and what is granted of it, is decided by `oauth`; here is which types there are and what one may look like.
"""
