"""Errors that are meant for the person who uses the program."""


class UserError(Exception):
    """Something outside the program is wrong; the message is shown to the user as it is.

    The message says what was wrong and what to do about it, in the user's language. Anything
    else that is raised is a defect of the program.
    """
