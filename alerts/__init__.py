"""Decides what to tell to whom, says it in mail, JSON and on a console, and gets it there; imports domain only."""
