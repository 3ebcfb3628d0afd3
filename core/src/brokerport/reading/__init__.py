"""What users write, from the file into values: in one pass, whatever stands there, and refused with its line."""
