"""What a project remembers beside its artifacts: decisions, bugs with their mends, and tasks.

Each is a fact with its author and time, tied to the artifacts and versions that it is about. It decides nothing by
itself, so that anyone, an agent too, may say it; what it says of the versions of a bug is marked in the same step.
"""
