"""The live camera, and what to do in front of it."""
