"""Streams: the audit log passed on to whoever is named, event by event and in order, as webhooks or syslog.

A stream is a row with the number of the last event that was delivered, so that the log itself is the queue: nothing is written beside an
event, a receiver that is away holds up nobody, and what it missed is sent when it is back. Delivery is at least once.
"""
