"""Accounts: people, their passwords and addresses. Sign-up, verification, reset."""
