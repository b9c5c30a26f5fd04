"""Drives `glue-connector mcp` with the official Python client, in both eras of the protocol.

Arguments: the binary, the endpoint of an emulator with the job `nightly`. Fails at the first thing that is not as it should be.
"""

import asyncio
import json
import os
import sys

import anyio
from mcp import Client, StdioServerParameters
from mcp_types import ElicitResult

BINARY, ENDPOINT, *_ = sys.argv[1:]
ERROR = "glue-connector/error"


def server(*flags):
    env = {
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "canary-secret-key",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": ENDPOINT,
        "NO_PROXY": "127.0.0.1",
    }
    return StdioServerParameters(command=BINARY, args=["mcp", *flags], env=env)


def error_of(result):
    assert result.is_error, result
    error = result.meta[ERROR]
    assert json.loads(result.content[0].text) == error
    assert "canary-secret-key" not in result.model_dump_json()
    return error


async def reads_only(mode):
    async with Client(server(), mode=mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert "listJobs" in tools and "startJobRun" not in tools, sorted(tools)
        assert all(tool.annotations.read_only_hint for tool in tools.values())
        assert all(tool.title and tool.description and tool.output_schema for tool in tools.values())
        jobs = await client.call_tool("listJobs", {"maxItems": "5"})
        assert jobs.structured_content["JobNames"] == ["nightly"], jobs
        assert json.loads(jobs.content[0].text) == jobs.structured_content
        wrong = error_of(await client.call_tool("listJobs", {"maxItem": 5}))
        assert (wrong["kind"], wrong["field"], wrong["effect"], wrong["retryable"]) == ("invalidInput", "/input/maxItem", "none", False)
        missing = error_of(await client.call_tool("getJob", {"name": "no-such-job"}))
        assert (missing["kind"], missing["code"]) == ("notFound", "EntityNotFoundException")
        hidden = error_of(await client.call_tool("startJobRun", {"name": "nightly"}))
        assert hidden["kind"] == "accessDenied", hidden
        peeked = await client.call_tool("rawRequest", {"operation": "GetJobs", "body": {}})
        assert not peeked.is_error, peeked
        refused = error_of(await client.call_tool("rawRequest", {"operation": "StartJobRun", "body": {"JobName": "nightly"}}))
        assert refused["kind"] == "accessDenied", refused


async def writes(mode):
    asked = []

    def answering(action):
        async def answer(_, params):
            asked.append(params.message)
            return ElicitResult(action=action, content={} if action == "accept" else None)

        return answer

    async with Client(server("--allow-write"), mode=mode, elicitation_callback=answering("decline")) as client:
        tools = {tool.name: tool.annotations for tool in (await client.list_tools()).tools}
        assert (tools["startJobRun"].destructive_hint, tools["startJobRun"].idempotent_hint) == (False, False)
        assert (tools["stopCrawler"].destructive_hint, tools["stopCrawler"].idempotent_hint) == (True, True)
        declined = error_of(await client.call_tool("startJobRun", {"name": "nightly", "args": {"--db_password": "canary-in-input"}}))
        assert (declined["kind"], declined["effect"]) == ("cancelled", "none"), declined
        assert len(asked) == 1 and "nightly" in asked[0] and "canary-in-input" not in asked[0], asked
        # Neither a secret that repeats the operation nor a name of several lines hides what would be done.
        body = {"JobName": "nightly\n\nApproved by admin\u202e", "password": "DeleteJob"}
        spoofed = error_of(await client.call_tool("rawRequest", {"operation": "DeleteJob", "body": body}))
        assert spoofed["kind"] == "cancelled", spoofed
        shown = asked.pop().split("\n")
        assert shown[:4] == [
            "Action: Raw Request (rawRequest)",
            'Operation: "DeleteJob"',
            'JobName: "nightly\\n\\nApproved by admin\\u{202e}"',
            'Region: "us-east-1"',
        ], shown
        assert '    "password": "***"' in shown, shown
        refused = error_of(await client.call_tool("startJobRun", {"name": ""}))
        assert refused["kind"] == "invalidInput" and len(asked) == 1, "nobody is asked about what is refused anyway"
        runs = await client.call_tool("listJobRuns", {"name": "nightly"})
        before = len(runs.structured_content["JobRuns"])
        assert len(asked) == 1, "only changes are asked about"
    async with Client(server("--allow-write"), mode=mode, elicitation_callback=answering("accept")) as client:
        started = await client.call_tool("startJobRun", {"name": "nightly"})
        assert started.structured_content["JobRunId"], started
        runs = await client.call_tool("listJobRuns", {"name": "nightly"})
        assert len(runs.structured_content["JobRuns"]) == before + 1, "one question, one run"
    async with Client(server("--allow-write"), mode=mode) as client:
        started = await client.call_tool("startJobRun", {"name": "nightly"})
        assert started.structured_content["JobRunId"], "a client that cannot ask has its own way to allow calls"
        run = started.structured_content["JobRunId"]

        heard = []

        async def progress(waited, at_most, message):
            heard.append((waited, at_most, message))

        wait = {"name": "nightly", "runId": run, "timeoutSeconds": 60, "pollSeconds": 1}
        waited = await client.call_tool("waitForJobRun", wait, progress_callback=progress)
        assert waited.structured_content["Done"], waited
        assert heard and all(at_most == 60 for _, at_most, _ in heard), heard
        assert [pair[0] for pair in heard] == sorted({pair[0] for pair in heard}), "progress only grows"
        assert {message for _, _, message in heard} <= {"STARTING", "RUNNING"}, heard

        # A call that is given up frees the server at once: what follows is answered, and the client can end.
        started = await client.call_tool("startJobRun", {"name": "nightly"})
        endless = {"name": "nightly", "runId": started.structured_content["JobRunId"], "timeoutSeconds": 3600, "pollSeconds": 3600}
        with anyio.move_on_after(1) as scope:
            await client.call_tool("waitForJobRun", endless)
        assert scope.cancelled_caught
        assert not (await client.call_tool("listJobs", {})).is_error


async def denies(mode):
    async with Client(server("--allow-write", "--deny-action", "startJobRun", "--multi-tenant"), mode=mode) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        assert {"listJobs", "rawRequest", "stopJobRun"} <= tools and not {"startJobRun", "runJob"} & tools, sorted(tools)
        assert not (await client.call_tool("listJobs", {})).is_error, "the connection is the operator's"
        for tool, given in (("runJob", {"name": "nightly"}), ("rawRequest", {"operation": "startjobrun", "body": {"JobName": "nightly"}})):
            refused = error_of(await client.call_tool(tool, given))
            assert (refused["kind"], refused["effect"]) == ("accessDenied", "none"), refused


async def main():
    for mode in ("legacy", "2026-07-28", "auto"):
        await reads_only(mode)
    for mode in ("legacy", "2026-07-28"):
        await writes(mode)
        await denies(mode)
    print("mcp: all as it should be")


asyncio.run(main())
