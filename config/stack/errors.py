"""What the stack may say instead of a traceback."""


class StackError(Exception):
    """Holds one sentence for the terminal: what is wrong and what to do about it."""


class Stopped(Exception):
    """Raised out of a wait once SIGINT, SIGTERM or SIGHUP has arrived."""
