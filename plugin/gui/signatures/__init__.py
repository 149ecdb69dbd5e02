"""Learning signatures and looking for them."""
