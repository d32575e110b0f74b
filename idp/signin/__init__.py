"""Getting in: every page by which a person arrives at a session (sign-in, sign-up, verification, reset, sign-out)."""
