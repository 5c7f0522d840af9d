"""What a training leaves in ``models/<name>/``: card, weights, history, records of epochs.

The one reader and writer of that folder. It imports the zoo and the packages below it.
"""
