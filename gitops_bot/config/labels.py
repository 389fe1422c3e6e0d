"""The key `labels`: the labels that say what a pull request's plan does."""

from __future__ import annotations

from dataclasses import fields
from itertools import combinations

from gitops_bot.config.fields import Field
from gitops_bot.config.guards import label_problem
from gitops_bot.config.mistakes import shown
from gitops_bot.config.raw import Scalar
from gitops_bot.core.environments import Environment, LabelNames

KEYS = tuple(field.name for field in fields(LabelNames))


def read_labels(field: Field, environments: tuple[Environment, ...]) -> LabelNames | None:
    """True for the names we give, or a table of other names; None for false.

    None of them may be the label of an override: the bot takes its own labels off again.
    """
    if isinstance(field.node, Scalar):
        given: dict[str, Field] = {}
        if not field.boolean():
            return None
    else:
        given = field.table(KEYS)
    read = {key: place.text(label_problem) for key, place in given.items()}
    names = LabelNames(**{key: text for key, text in read.items() if text is not None})
    # GitHub ignores the case of labels.
    for one, other in combinations(KEYS, 2):
        if getattr(names, one).casefold() == getattr(names, other).casefold():
            place = given.get(other) or given.get(one) or field
            place.wrong(f"{one} and {other} are the same label", "give each another name")
    taken = {e.override.label.casefold(): e for e in environments if e.override}
    for key in KEYS:
        environment = taken.get(getattr(names, key).casefold())
        if environment is not None:
            place = given.get(key) or field
            what = f"the label {shown(getattr(names, key))} lifts the guards of {environment.name}"
            place.wrong(what, "use another one here, or for the override")
    return names
