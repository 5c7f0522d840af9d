"""What people do in front of the live camera: prompts, the game, the self-test.

It imports ``hands`` and the packages below it.
"""
