"""Training and judging the motion net; nothing at run time imports it."""
