"""How many fingers are up, and which hand: everything but the pages.

Nothing in this package imports Streamlit. A module imports only modules of lower layers;
``tests/test_layers.py`` lists the layers and holds the code to them.
"""
