"""The configuration file: raw YAML, validated settings, and the folders they name."""
