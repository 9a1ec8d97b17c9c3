"""Reading and writing regions of planes in any format; masks and blending."""
