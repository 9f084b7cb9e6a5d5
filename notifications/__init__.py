"""The event log, and everything that leaves from it."""
