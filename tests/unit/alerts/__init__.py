"""Tests of the alerts package on values and fakes."""
