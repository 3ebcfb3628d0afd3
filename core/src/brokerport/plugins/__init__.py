"""The plugins that are installed: whose they are, what they say of themselves, and what they bring."""
