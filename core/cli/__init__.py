"""The command line: one module a command, with ``SUMMARY``, ``add_arguments`` and ``run``.

It imports every package; none imports it.
"""
