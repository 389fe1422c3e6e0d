"""The only code that touches the outside; implements `gitops_bot.ports`."""
