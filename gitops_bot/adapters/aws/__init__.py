"""AWS: roles assumed in process."""
