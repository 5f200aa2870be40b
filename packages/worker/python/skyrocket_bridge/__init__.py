"""The Python side of a Skyrocket worker."""
