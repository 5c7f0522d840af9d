"""From a photo to the answer: detect, preprocess, classify, rescore and track hands.

It imports ``artifacts`` and the packages below it, and never TensorFlow.
"""
