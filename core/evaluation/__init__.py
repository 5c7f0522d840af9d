"""How well models answer: metrics, calibration, error analysis.

It imports hands and what lies below it.
"""
