"""Charts, each drawn from values that the caller has in hand."""
