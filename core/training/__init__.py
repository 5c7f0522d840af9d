"""Training the article's models and publishing the results.

It imports ``evaluation`` and the packages below it. Keras is imported inside functions.
"""
