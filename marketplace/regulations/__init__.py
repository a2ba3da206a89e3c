"""The English rules as dated, cited data, and what they say about a case; never legal advice."""
