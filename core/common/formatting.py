"""Numbers in words, the same on every page."""


def format_share(share: float, digits: int = 1) -> str:
    """A share in per cent, such as "99.4 %"; the sign stays on the number's line.

    Args:
        share: 1 is 100 %.
        digits: after the point.
    """
    return f"{share:.{digits}%}".replace("%", "\u00a0%")
