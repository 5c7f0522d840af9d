"""A visitor's own signs: a new softmax regression on the hand classifier's frozen features."""
