"""What is wrong with a thing: one module per rule, one table of all of them."""
