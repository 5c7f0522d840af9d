"""What people do before the live camera: prompts, the game, the self-test.

It imports hands and what lies below it.
"""
