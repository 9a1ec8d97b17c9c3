"""The machines of a Ray cluster, which work on one job."""
