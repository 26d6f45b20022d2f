"""The code that speaks: one module a kind of channel, over one guarded way out to the network."""
