"""How accurate models are, and why: metrics, calibration, occlusion, error analysis.

It imports ``hands`` and the packages below it.
"""
