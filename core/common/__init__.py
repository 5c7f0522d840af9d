"""What every other package uses: types, errors, files, formatting, statistics.

It imports nothing of core.
"""
