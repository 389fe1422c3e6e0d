"""A GitHub on loopback: a bare git repository, records in memory and a small HTTP server.

It answers the parts of GitHub's REST API that the product uses, with GitHub's shapes, limits and
refusals, so that demos, rehearsals and tests run the real code without a network. It needs the
`sandbox` extra and the git command line.
"""

from gitops_bot.sandbox.refusals import Refused
from gitops_bot.sandbox.server import Sandbox

__all__ = ["Refused", "Sandbox"]
