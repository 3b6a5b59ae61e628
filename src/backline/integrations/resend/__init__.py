"""Resend: sends mail."""
