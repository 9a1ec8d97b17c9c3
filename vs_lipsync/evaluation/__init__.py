"""How good a result is: its pictures against the original's, and its mouth against the dub."""
