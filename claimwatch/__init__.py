"""Watches the world's press for territorial claims: the program that knows all packages."""
