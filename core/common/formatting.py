"""Formats numbers in the same way on every page."""


def format_share(share: float, digits: int = 1) -> str:
    """A share, of which 1 is 100%, as a percentage such as "99.4%"."""
    return f"{share:.{digits}%}"
