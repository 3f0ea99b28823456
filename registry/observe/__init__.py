"""What a thing is: descriptions of scripts, datasets and checkpoints, read without running or loading them."""
