"""Organisations of every kind, who belongs to them, and who may do what."""
