"""What trainings leave under ``models/``: cards, weights, histories, records of epochs.

It imports the zoo and what lies below it.
"""
