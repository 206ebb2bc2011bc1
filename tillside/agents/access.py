"""Who may do what at the desk. Every route names one act; roles say which acts they hold. Nothing else decides."""

from enum import StrEnum


class Act(StrEnum):
    """Something a route does. `PUBLIC` is for doors; everything else needs somebody signed in."""

    PUBLIC = "public"
    READ = "read"
    ANSWER = "answer"
    MEND_CUSTOMERS = "mend customers"
    CONNECT = "connect"
    ADMINISTER = "administer"


ROLES: dict[str, frozenset[Act]] = {
    "agent": frozenset({Act.READ, Act.ANSWER, Act.MEND_CUSTOMERS}),
    "admin": frozenset({Act.READ, Act.ANSWER, Act.MEND_CUSTOMERS, Act.CONNECT, Act.ADMINISTER}),
}


def may(role: str, act: Act) -> bool:
    """Whether a role holds an act. Unknown roles hold none."""
    return act is Act.PUBLIC or act in ROLES.get(role, frozenset())
