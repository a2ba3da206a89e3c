"""Pooled rounds: purchase requests, commitments, quotes, awarding, savings."""
