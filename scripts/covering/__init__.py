"""Training of the net that tells whether something lies before a mouth."""
