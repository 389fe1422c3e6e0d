"""`python -m gitops_bot` is `gitops-bot`."""

from gitops_bot.cli import main

main()
