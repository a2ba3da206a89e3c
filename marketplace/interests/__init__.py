"""The register of interests of each trust, and what follows from it: who is related to whom."""
