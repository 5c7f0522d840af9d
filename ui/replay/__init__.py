"""The player of recorded trainings."""
