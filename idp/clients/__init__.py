"""Clients: the applications that may ask for tokens. One door for registration: the admin page, the command line and others."""
