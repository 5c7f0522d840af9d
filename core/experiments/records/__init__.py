"""The records of experiments: their dataclasses, and how they are filled, stored and read.

It is a package so that discovery skips it. Pages and reports read results through it. It may import
whatever experiments may, but no experiment.
"""
