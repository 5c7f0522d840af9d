"""What pages share: the parts that they are built of, and the server they run in.

It imports core, and never pages.
"""
