"""The commands of `vs-lipsync`: options and arguments, and nothing else."""
