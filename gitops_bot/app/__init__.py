"""The composition root: the one place where adapters are built and handed to the use cases.

One module for each kind of caller: the step of a workflow, somebody in a folder, somebody who asks about a
repository on GitHub. Whoever calls one imports its module, and so loads nothing of the others.
"""
