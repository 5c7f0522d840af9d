"""Trainings that people watch: a queue, one process at a time, and what it reports.

It imports ``training`` and the packages below it.
"""
