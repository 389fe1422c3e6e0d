"""How the sandbox says no: GitHub's statuses, messages and error lists."""

from __future__ import annotations

from collections.abc import Mapping

from gitops_bot.sandbox.records import Json

_DOCUMENTATION = "https://docs.github.com/rest"


class Refused(Exception):
    """A request GitHub would answer with an error."""

    def __init__(
        self,
        status: int,
        message: str,
        errors: tuple[Json | str, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {message} {list(errors) if errors else ''}".strip())
        self.status = status
        self.message = message
        self.errors = errors
        self.headers = dict(headers or {})

    def body(self) -> Json:
        """The answer's JSON."""
        errors: Json = {"errors": list(self.errors)} if self.errors else {}
        return {
            "message": self.message,
            **errors,
            "documentation_url": _DOCUMENTATION,
            "status": str(self.status),
        }


def not_found(message: str = "Not Found") -> Refused:
    """404."""
    return Refused(404, message)


def invalid(resource: str, field: str, code: str = "invalid", message: str = "") -> Refused:
    """422 with one entry in GitHub's list of errors."""
    error: Json = {"resource": resource, "code": code, "field": field}
    return Refused(422, "Validation Failed", ({**error, "message": message} if message else error,))


def require_text(value: object, resource: str, field: str) -> str:
    """The value when it is a text that is not blank; 422 otherwise."""
    if value is None:
        raise invalid(resource, field, "missing_field")
    if not isinstance(value, str) or not value.strip():
        raise invalid(resource, field, "custom", f"{field} can't be blank")
    return value


def limit_text(value: str | None, limit: int, resource: str, field: str) -> None:
    """422 when a text is longer than GitHub takes."""
    if value is not None and len(value) > limit:
        message = f"{field} is too long (maximum is {limit} characters)"
        raise invalid(resource, field, "custom", message)
