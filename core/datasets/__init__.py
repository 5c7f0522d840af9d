"""Labelled images of hands: the store on disk, how it is filled, near-duplicates.

It imports ``synthetic``, ``images`` and ``common``.
"""
