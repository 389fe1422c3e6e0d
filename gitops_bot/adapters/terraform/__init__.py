"""Terraform: its command line, its output, its errors."""
