"""How the models of the article learn, and how a training is published.

It imports evaluation and what lies below it.
"""
