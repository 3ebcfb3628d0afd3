"""OpenD's messages: one module a subject, generated from the .proto file of the same name."""
