"""Parameters that several algorithms share, and what they become."""
