"""Procedurally rendered hands: images in the Fingers dataset's style, and colour photos.

A posed skeleton with anthropometric measures is covered with round cones, rendered as a height
field, shaded, and placed before a background. Everything follows from a seed. The package imports
``images`` and ``common``.
"""
