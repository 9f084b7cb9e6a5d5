"""Telling open pages what happened: the publisher sends after a commit, the hub of each web process passes on.

Everything here may be lost without harm: frames carry the stream's number, and a page that misses one fetches it.
"""
