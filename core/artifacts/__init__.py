"""What a training leaves in ``models/<name>/``: card, weights, history, records of epochs.

Only this package reads and writes that folder. It imports the zoo and the packages below it.
"""
