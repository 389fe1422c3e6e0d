"""The key `labels`: the labels that say what a pull request's plan does."""

from __future__ import annotations

from itertools import combinations

from gitops_bot.config.fields import Field
from gitops_bot.config.guards import label_problem
from gitops_bot.config.mistakes import shown
from gitops_bot.config.raw import Scalar
from gitops_bot.core.environments import Environment, LabelNames

KEYS = LabelNames.__struct_fields__


def read_labels(field: Field, environments: tuple[Environment, ...]) -> LabelNames | None:
    """True for the names we give, or a table of other names; None for false.

    None of them may be the label of an override or of hotfixes: the bot takes its own labels off again.
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
    taken = {
        **{
            e.hotfix.label.casefold(): ("lets hotfixes into", e.name, "hotfixes")
            for e in environments
            if e.hotfix
        },
        **{
            e.override.label.casefold(): ("lifts the guards of", e.name, "the override")
            for e in environments
            if e.override
        },
    }
    for key in KEYS:
        if (found := taken.get(getattr(names, key).casefold())) is not None:
            does, environment, owner = found
            what = f"the label {shown(getattr(names, key))} {does} {environment}"
            (given.get(key) or field).wrong(what, f"use another one here, or for {owner}")
    return names
