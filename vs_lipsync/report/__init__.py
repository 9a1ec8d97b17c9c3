"""Room for reports on a plan."""
