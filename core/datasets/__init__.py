"""Labelled images of hands: the store on disk, the ways to fill it, near-duplicates.

It imports ``synthetic``, ``images`` and ``common``.
"""
