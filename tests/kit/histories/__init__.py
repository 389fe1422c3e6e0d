"""Random histories of a repository: what people and GitHub do to it, and what must hold all along.

`steps` makes a history from a seed, `player` plays it on a `ground` (in memory, or the sandbox with the
real Terraform), `oracle` watches. The oracle shares no code with the product's coverage rule.
"""
