"""A session of phases, planned and then run: what each costs, what must come of it, and what to do when it does not."""
