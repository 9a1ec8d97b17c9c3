"""Media files: reading, encoding and muxing them with BestSource, PyAV and FFmpeg."""
