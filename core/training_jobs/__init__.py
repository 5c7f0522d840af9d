"""Training jobs that visitors watch: one at a time, each in its own process.

Pages use ``queue``; ``worker`` and ``trainer`` run in the training's process. Only ``trainer``
imports Keras, so nothing that runs in the app may import it. The package imports
``training`` and the packages below it.
"""
