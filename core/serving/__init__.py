"""What a server needs beside the pages: a scheduler, metrics, a structured log.

It imports only ``common``.
"""
