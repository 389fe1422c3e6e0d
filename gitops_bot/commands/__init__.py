"""The use cases, one module each. They speak to the outside through `gitops_bot.ports` only."""
