"""Why a broker answers a question, or does not."""
