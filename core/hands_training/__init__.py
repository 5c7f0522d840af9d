"""Training the hand detector and the hand classifier, and measuring them on real photos.

It imports ``training`` and the packages below it.
"""
