"""Measures how many people the server can handle."""
