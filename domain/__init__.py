"""The nouns of claimwatch and the ports between its packages; imports the standard library only."""
