"""How many fingers are up, and which hand: the program, without its pages.

The packages are layers, listed in ``docs/architecture.md`` and checked by import-linter: each
imports only from those below it. No Streamlit in here.
"""
