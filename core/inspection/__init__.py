"""What happens inside a network on one image: every layer, one unit's sum, and what it depends on.

It imports ``hands`` and the packages below it, and never Keras.
"""
