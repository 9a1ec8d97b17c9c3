"""Processes that write the pieces of one job, and how many there are."""
