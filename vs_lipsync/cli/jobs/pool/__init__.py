"""Processes and machines that write the pieces of one job, and how many there are."""
