"""Threads and messages: project rooms and issue discussions are the same thing."""
