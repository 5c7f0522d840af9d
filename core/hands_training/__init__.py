"""How the hand detector and the hand classifier learn, and how they are measured on real photos.

It imports ``training`` and the packages below it.
"""
