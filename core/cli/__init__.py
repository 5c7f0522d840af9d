"""The command line: one module a command, each with ``SUMMARY``, ``add_arguments`` and ``run``."""
