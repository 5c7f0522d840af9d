"""Hostile input for every entry point of the program."""
