"""Trainings that people watch: one at a time, each in a process of its own that reports to the app.

``queue`` is what the pages use; ``worker`` and ``trainer`` run in the process of a training. Only
``trainer`` may lead to Keras, so nothing that runs in the app may import it. The package imports
``training`` and the packages below it.
"""
