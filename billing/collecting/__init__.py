"""Asking for payment, and recording what was received."""
