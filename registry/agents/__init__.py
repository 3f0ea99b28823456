"""What is said to a coding agent: at the moment of writing, and when it asks."""
