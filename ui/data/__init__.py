"""The parts of the page "The data"."""
