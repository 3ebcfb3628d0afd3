"""Whose fault a stranger's error is: its author's, or that of the environment that it runs in."""
