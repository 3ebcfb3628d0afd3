"""One call of a client's: its deadline, its attempts, its pages."""
