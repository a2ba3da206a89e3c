"""Dated capacity: rules and files that set it, who waits for it, and the calendar that shows it."""
