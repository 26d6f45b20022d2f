"""Who and where: states and what newspapers call them."""
