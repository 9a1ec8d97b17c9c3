"""The report: a plan as one HTML page."""
