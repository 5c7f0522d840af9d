"""Numbers in words, the same on every page."""


def format_share(share: float, digits: int = 1) -> str:
    """A share as a percentage, such as "99.4%".

    Args:
        share: 1 is 100%.
        digits: after the point.
    """
    return f"{share:.{digits}%}"
