"""What a server needs besides the pages: a scheduler, metrics, a structured log.

It imports only ``common``.
"""
