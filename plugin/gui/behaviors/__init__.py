"""Choosing and making behaviors."""
