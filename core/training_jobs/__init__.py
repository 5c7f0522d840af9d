"""Trainings that people watch: one at a time, in a process of its own that tells how it goes."""
