"""Errors that are meant for the person who uses the program."""


class UserError(Exception):
    """Something outside the program is wrong; the message is shown to the user unchanged.

    The message says what went wrong and what to do about it, in the user's language. Any other
    exception is a bug.
    """
