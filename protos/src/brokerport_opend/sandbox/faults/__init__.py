"""What goes wrong in a sandbox when it is told to: which requests a fault strikes, and what becomes of their replies."""
