"""Holding the provider under load for long, and looking whether anything of it grows."""
