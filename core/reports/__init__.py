"""Recorded results put together for people: the comparison and the guided tour.

It imports experiments and what lies below them.
"""
