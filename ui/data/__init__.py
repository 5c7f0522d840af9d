"""What pages show of the dataset."""
