"""How often a broker may be asked, kept for all processes of a user."""
