"""For a core of another day, which this one does not import."""

raise AssertionError("a plugin for another core is not imported")
