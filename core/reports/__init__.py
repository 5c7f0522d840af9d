"""Recorded results put together for people: the comparison of models, the guided tour.

It imports ``experiments`` and the packages below it.
"""
