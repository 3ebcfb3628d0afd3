"""The two doors to a broker, for coroutines and for everyone else."""
