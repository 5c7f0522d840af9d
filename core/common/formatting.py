"""Formats numbers in the same way on every page."""


def format_share(share: float, digits: int = 1) -> str:
    """A share as a percentage, such as "99.4%".

    Args:
        share: 1 is 100%.
        digits: decimal places.
    """
    return f"{share:.{digits}%}"
