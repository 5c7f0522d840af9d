"""The camera that learns a visitor's signs."""
