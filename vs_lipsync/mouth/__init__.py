"""How the mouth is made: the Generator protocol and the generators."""
