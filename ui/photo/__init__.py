"""What is read from photos, and how the answer is shown."""
