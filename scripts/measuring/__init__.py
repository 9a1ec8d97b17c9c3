"""What the scripts that measure mouths share."""
