"""The page "Look inside": the network as pictures, and one unit at work."""
