"""What a dataset without a record is, who could have made it, and what to do about it."""
