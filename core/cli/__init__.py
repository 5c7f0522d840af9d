"""The command line: one module per command, with ``SUMMARY``, ``add_arguments`` and ``run``.

It imports every package; none imports it.
"""
