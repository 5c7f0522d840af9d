"""Benchmarks of the program's speed, as plain data; no test asserts any of it.

It imports whatever it measures.
"""
