"""Recorded results prepared for display: the comparison of models, the guided tour.

It imports ``experiments`` and the packages below it.
"""
