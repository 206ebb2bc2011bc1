"""`/v1/users`, `/v1/teams`, `/v1/tags`, `/v1/channel`: who and what tickets are given to and named with (contract 2.3)."""

from collections.abc import Sequence
from typing import Any

from tillside.agents import agent, team, workspace
from tillside.agents.agent import Agent
from tillside.base.errors import Unknown
from tillside.conversations import channels, tags
from tillside.conversations.channels import Channel
from tillside.edges.api import asked, documents, paging
from tillside.edges.api.call import Answer, Call, Endpoint
from tillside.edges.api.shapes import time


def endpoints() -> list[Endpoint]:
    def read(path: str, verb: Any, name: str, does: str, gives: Any, *, scope: str = "directory:read", pages: bool = False) -> Endpoint:
        parameters = paging.PARAMETERS if pages else ()
        return Endpoint(method="GET", path=path, verb=verb, name=name, does=does, scope=scope, gives=gives, parameters=parameters)

    return [
        read("/v1/users", users, "listUsers", "The agents.", documents.UserList, pages=True),
        read("/v1/users/{id}", user, "fetchAUser", "One agent.", documents.UserAnswer),
        read("/v1/teams", teams, "listTeams", "The teams.", documents.TeamList, pages=True),
        read("/v1/tags", tags_of, "listTags", "The tags, by name; without archived ones.", documents.TagList, scope="tags:read", pages=True),
        Endpoint(
            method="POST",
            path="/v1/tags",
            verb=add_tag,
            name="createTag",
            does="A tag of this name; one that is there already is the answer.",
            scope="tags:write",
            takes=asked.TagAsked,
            gives=documents.TagAnswer,
        ),
        read("/v1/channel", channels_of, "listChannels", "The channels tickets came in by.", documents.ChannelList, pages=True),
        read("/v1/channel/{id}", channel, "fetchAChannel", "One channel.", documents.ChannelAnswer),
    ]


async def users(call: Call) -> Answer:
    """``GET /v1/users`` → ``{"user": […]}``: singular, as upstream answers."""
    return await _listed(call, "user", await _users(call), "/v1/users")


async def user(call: Call) -> Answer:
    found = next((one for one in await _users(call) if one.id == call.path["id"]), None)
    if found is None:
        raise Unknown("There is no such user.")
    return Answer(documents.UserAnswer(found))


async def teams(call: Call) -> Answer:
    slug = await _slug(call)
    found = await team.every(call.desk.store, call.workspace_id)
    shown = [documents.Team(one.id, one.name, slug, time(one.created_at), time(one.updated_at)) for one in found]
    return await _listed(call, "team", shown, "/v1/teams")


async def tags_of(call: Call) -> Answer:
    slug = await _slug(call)
    return await _listed(call, "tag", [_tag(one, slug) for one in await tags.every(call.desk.store, call.workspace_id)], "/v1/tags")


async def add_tag(call: Call) -> Answer:
    """``POST /v1/tags`` with ``{"name", "color"}`` → ``{"tag"}``; safe to repeat."""
    said = asked.taken(call, call.inside("tag"), asked.TagAsked, "tag")
    async with call.write() as tx:
        tag = await tags.ensured(tx, call.workspace_id, said.name, color=said.color or "", description=said.description or "")
    return Answer(documents.TagAnswer(_tag(tag, await _slug(call))))


async def channels_of(call: Call) -> Answer:
    keys = {shop.id: shop.api_key for shop in await call.connectors()}
    shown = [_channel(one, keys) for one in await channels.every(call.desk.store, call.workspace_id)]
    return await _listed(call, "channels", shown, "/v1/channel")


async def channel(call: Call) -> Answer:
    keys = {shop.id: shop.api_key for shop in await call.connectors()}
    return Answer(documents.ChannelAnswer(_channel(await channels.by_id(call.desk.store, call.workspace_id, call.path["id"]), keys)))


async def _listed(call: Call, key: str, shown: Sequence[Any], path: str) -> Answer:
    page = paging.asked(call, paging.MOST)
    return Answer({key: paging.cut(list(shown), page), **paging.ends(call, page, len(shown), path)})


async def _users(call: Call) -> list[documents.User]:
    memberships = await team.members(call.desk.store, call.workspace_id)
    return [_user(one, memberships) for one in await agent.every(call.desk.store, call.workspace_id)]


def _user(one: Agent, memberships: dict[str, list[str]]) -> documents.User:
    in_teams = [team_id for team_id, members in memberships.items() if one.id in members]
    return documents.User(one.id, one.email, one.name, "TENANT_ADMIN" if one.role == "admin" else "TENANT_AGENT_FULL", one.is_active, in_teams)


def _tag(one: tags.Tag, slug: str) -> documents.Tag:
    return documents.Tag(one.id, one.name, one.description or None, one.color or None, slug, time(one.created_at), time(one.updated_at))


def _channel(one: Channel, keys: dict[str, str]) -> documents.Channel:
    return documents.Channel(one.id, one.type, one.name, keys.get(one.connector_id), time(one.created_at), time(one.updated_at))


async def _slug(call: Call) -> str:
    return (await workspace.by_id(call.desk.store, call.workspace_id)).slug
