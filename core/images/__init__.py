"""Photos and images as such: decoding untrusted files, geometry, pooling.

It imports only ``common``.
"""
