"""Model files: those that come with the package, and the user's own Wav2Lip checkpoints."""
