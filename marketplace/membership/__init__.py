"""Who belongs to an organisation: claiming it, inviting people, their roles, and leaving."""
