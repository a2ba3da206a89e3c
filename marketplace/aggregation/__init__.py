"""Needs of many trusts pooled: purchase requests, rounds, commitments, the award and what it saves."""
