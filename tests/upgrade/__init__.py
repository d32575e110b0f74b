"""Databases as each tagged release left them, and the test that brings them to the present."""
