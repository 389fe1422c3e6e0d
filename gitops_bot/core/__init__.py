"""The pure core: values and rules. Nothing in here reads a file, a clock or a network."""
