"""Labelled hands: the store on disk and the ways to fill it."""
