"""A token bucket: short bursts at once, and a bounded rate in the long run."""


class TokenBucket:
    """Holds at most ``size`` tokens, of which ``per_second`` come back (leaky bucket as a meter).

    A clock's seconds are given to it, so that it needs none of its own.
    """

    def __init__(self, size: float, per_second: float) -> None:
        """Create a full bucket."""
        if min(size, per_second) <= 0:
            raise ValueError(f"a bucket of {size} tokens, {per_second} a second")
        self._size = size
        self._per_second = per_second
        self._tokens = size
        self._taken = float("-inf")

    def take(self, now: float, tokens: float = 1.0) -> float:
        """Take tokens; returns the seconds to wait until as many have come back, 0 where held."""
        come_back = (now - self._taken) * self._per_second
        self._tokens = min(self._size, self._tokens + come_back) - tokens
        self._taken = now
        return max(0.0, -self._tokens / self._per_second)
