"""How frames go to an encoder, and what it made of them."""
