"""Many jobs: several at a time, with a report."""
