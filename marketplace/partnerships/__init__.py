"""Partnerships: named groups of trusts, by a place or a challenge."""
