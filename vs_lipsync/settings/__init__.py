"""What a user asks for: the settings of a dub, zones, and who is to speak."""
