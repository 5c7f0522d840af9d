"""How the models of the article learn, and how a finished training is published.

It imports ``evaluation`` and the packages below it. Keras is imported inside functions.
"""
