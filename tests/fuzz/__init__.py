"""Damaged inputs of every kind, each read by a process of its own: `make fuzz N=10000` and a small run in the tests."""
