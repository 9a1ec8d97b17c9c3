"""Finding faces and their landmarks in one picture, and following them through a shot."""
