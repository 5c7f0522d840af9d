"""What experiments record: the dataclasses, how they are filled, and how they are kept and read.

A package, so that discovery passes it by. Pages and reports read results through it. It may import
what experiments may, but no experiment.
"""
