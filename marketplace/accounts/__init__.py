"""Signing in and looking after one's account: the pages of what people/ knows."""
