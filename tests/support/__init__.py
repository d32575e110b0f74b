"""Real servers and a real browser for the tests: databases, Redis, SMTP, the provider itself, Chromium."""
