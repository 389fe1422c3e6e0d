"""Why a change is planned, in the sentences of Terraform's own text.

Source: `resourceChangeComment` in Terraform's internal/command/jsonformat/plan.go.
"""

from __future__ import annotations

from gitops_bot.core.plan import ChangeKind, ResourceChange

_SENTENCES = {
    "replace_because_tainted": "is tainted, so must be replaced",
    "replace_by_request": "will be replaced, as requested",
    "replace_by_triggers": "will be replaced due to changes in replace_triggered_by",
    "replace_because_cannot_update": "",  # the text says no more than "must be replaced"
    "delete_because_no_resource_config": "because {resource} is not in configuration",
    "delete_because_no_module": "because {module} is not in configuration",
    "delete_because_no_move_target": (
        "because {previous} was moved to {address}, which is not in configuration"
    ),
    "delete_because_wrong_repetition": "because resource {repetition}",
    "delete_because_count_index": "because index {key} is out of range for count",
    "delete_because_each_key": "because key {key} is not in for_each map",
    "read_because_config_unknown": "config refers to values not yet known",
    "read_because_dependency_pending": "depends on a resource or a module with changes pending",
    "read_because_check_nested": "config will be reloaded to verify a check block",
}
_DEFERRED = {
    "instance_count_unknown": "because the number of resource instances is unknown",
    "resource_config_unknown": "because the resource configuration is unknown",
    "provider_config_unknown": "because the provider configuration is unknown",
    "deferred_prereq": "because a prerequisite for this resource is deferred",
    "absent_prereq": "because a prerequisite for this resource has not yet been created",
}
_LEFT_OVER = "left over from a partially-failed replacement of this instance"
_KEPT = "destroy = false is set in the configuration"


def _repetition(key: str) -> str:
    if not key:
        return "uses count or for_each"
    return "does not use for_each" if key.startswith('["') else "does not use count"


def reason_sentence(change: ResourceChange) -> str:
    """Terraform's sentence for the change's `action_reason`, in plain text without its brackets.

    It is "" where Terraform says nothing. A reason of a version to come is given as it is.
    """
    sentence = _SENTENCES.get(change.action_reason)
    if sentence is None:
        return change.action_reason
    resource = f"{change.type}.{change.name}"
    place = f"{change.module}." if change.module else ""
    key = change.address.removeprefix(place + resource)
    return sentence.format(
        resource=resource,
        module=change.module,
        previous=change.previous_address,
        address=change.address,
        key=key,
        repetition=_repetition(key),
    )


def notes(change: ResourceChange) -> tuple[str, ...]:
    """The remarks Terraform's text has in brackets below the change's header, without the brackets."""
    elsewhere = change.kind in (ChangeKind.REPLACE, ChangeKind.FORGET)  # in the header, or nowhere
    said = [] if elsewhere else [reason_sentence(change)]
    if change.deposed and change.kind in (ChangeKind.DELETE, ChangeKind.FORGET):
        said.append(_LEFT_OVER)
    if change.kind is ChangeKind.FORGET:
        said.append(_KEPT)
    return tuple(sentence for sentence in said if sentence)


def deferred_sentence(reason: str) -> str:
    """Terraform's sentence for the reason of a deferred change; one of a version to come as it is."""
    return _DEFERRED.get(reason, reason)
