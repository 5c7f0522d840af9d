"""What a server needs: a scheduler of bounded readings, metrics and a log.

It imports only common.
"""
