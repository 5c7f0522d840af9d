"""What every other package may use: types, errors, atomic files, formatting, statistics.

It knows nothing of hands or models and imports no other package.
"""
