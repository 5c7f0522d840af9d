"""How fast the program is, as plain data. It imports everything that it measures."""
