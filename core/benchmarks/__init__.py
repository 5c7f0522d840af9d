"""How fast the program is, as plain data; nothing of it is asserted in a test.

It imports whatever it measures.
"""
