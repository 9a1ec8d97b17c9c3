"""Settings for the tests of the speech room."""

import torch

# Nets this small are slower on several threads, and by far on a busy machine.
torch.set_num_threads(1)
