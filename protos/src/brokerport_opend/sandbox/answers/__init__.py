"""The five questions, one module each: the world's figures as OpenD's messages."""
