"""What a user can set for a broker, and where it is written."""
