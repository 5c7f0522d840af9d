"""A visitor's own signs: a new softmax regression on the hand classifier's frozen features.

It imports ``hands`` and the packages below it.
"""
