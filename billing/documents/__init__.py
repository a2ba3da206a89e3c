"""Invoices: their numbers, VAT, content and PDF."""
