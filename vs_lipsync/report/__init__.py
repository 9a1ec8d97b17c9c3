"""The plan as an HTML page to look at."""
