"""A page, an experiment, …: each the one file that a developer adds, copied where it belongs."""
