"""brokerport against the official SDK and against the floor, by the same gateway, in one run."""
