"""Who did something: an agent, a customer, a REST key, a rule, or the desk itself. Messages and the trail carry it."""

from typing import Literal

from msgspec import Struct

from tillside.agents.agent import Agent
from tillside.agents.rest_key import RestKey

Kind = Literal["agent", "customer", "api", "rule", "system"]


class Actor(Struct, frozen=True):
    """`name` is how people call them at that moment; it stays with what they did."""

    kind: Kind
    id: str
    name: str

    @property
    def is_person(self) -> bool:
        return self.kind in ("agent", "customer")


DESK = Actor("system", "", "Tillside")
"""What happens by itself: a snooze that ends, a reply whose time has come."""


def of_agent(agent: Agent) -> Actor:
    return Actor("agent", agent.id, agent.name)


def of_key(key: RestKey) -> Actor:
    return Actor("api", key.id, key.name)


def of_customer(profile_id: str, name: str) -> Actor:
    return Actor("customer", profile_id, name)
