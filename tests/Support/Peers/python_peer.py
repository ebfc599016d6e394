#!/usr/bin/env python3
"""An independent host for an agent: gRPC's own implementation for C++ and Python, as Debian packages it (python3-grpcio, python3-protobuf).

    python_peer.py SOCKET DESCRIPTOR PORT MEBIBYTES PROGRAM [ARGUMENT...]

calls the agent behind the unix socket, whose contract is the file DESCRIPTOR (a FileDescriptorProto), passes bytes through a tunnel to an echo
server at PORT inside, and runs PROGRAM, which must print its arguments as echo(1) does. PORT 0 leaves the tunnel out.

Each step that worked is one line "ok STEP ..."; the first that did not ends the program with status 1.
"""
import os
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PIECE = 32 * 1024
LIMIT = 180


def ok(step, text):
    print(f"ok {step} {text}", flush=True)


class Agent:
    def __init__(self, channel, contract):
        pool = descriptor_pool.DescriptorPool()
        pool.Add(contract)
        self.factory = message_factory.MessageFactory(pool)
        self.pool = pool
        self.channel = channel

    def message(self, name):
        return self.factory.GetPrototype(self.pool.FindMessageTypeByName("islet.agent.v1." + name))

    def call(self, method, response, request, timeout=LIMIT):
        stub = self.channel.unary_unary(
            "/islet.agent.v1.Agent/" + method, request_serializer=lambda m: m.SerializeToString(), response_deserializer=self.message(response).FromString)
        return stub(request, timeout=timeout)

    def open(self, frames):
        stub = self.channel.stream_stream(
            "/islet.agent.v1.Agent/OpenStream",
            request_serializer=lambda m: m.SerializeToString(), response_deserializer=self.message("StreamFrame").FromString)
        return stub(frames, timeout=LIMIT)


def expect(step, code, action):
    try:
        action()
    except grpc.RpcError as error:
        if error.code() == code:
            ok(step, code)
            return
        raise
    raise AssertionError(f"{step}: no error")


def tunnel(agent, port, size):
    frame = agent.message("StreamFrame")
    sent = os.urandom(size)

    def frames():
        first = frame()
        first.open.dial.address = "127.0.0.1"
        first.open.dial.port = port
        yield first
        for at in range(0, size, PIECE):
            yield frame(data=sent[at:at + PIECE])

    answers = agent.open(frames())
    assert next(answers).WhichOneof("kind") == "opened"
    received = b"".join(answer.data for answer in answers)
    assert received == sent, f"{len(received)} bytes came back of {size}, or they differ"
    ok("tunnel", f"{size} bytes")


def execute(agent, command):
    spec = agent.message("CreateProcessRequest")(start=True)
    spec.process.id = "python-peer"
    spec.process.arguments.extend(command)
    created = agent.call("CreateProcess", "CreateProcessResponse", spec)
    assert created.pid > 0
    ok("CreateProcess", f"pid {created.pid}")

    first = agent.message("StreamFrame")()
    first.open.stdio.process_id = "python-peer"
    first.open.stdio.channel = 1
    answers = agent.open(iter([first]))
    output = b"".join(answer.data for answer in answers)
    assert output == (" ".join(command[1:]) + "\n").encode(), output
    ok("stdout", f"{len(output)} bytes")

    ended = agent.call("WaitProcess", "ProcessExit", agent.message("WaitProcessRequest")(id="python-peer"))
    assert (ended.id, ended.exit_code) == ("python-peer", 0), ended
    ok("WaitProcess", f"exit code {ended.exit_code}")


def main():
    path, descriptor, port, mebibytes, *command = sys.argv[1:]
    with open(descriptor, "rb") as file:
        contract = descriptor_pb2.FileDescriptorProto.FromString(file.read())
    with grpc.insecure_channel("unix:" + path) as channel:
        agent = Agent(channel, contract)
        info = agent.call("GetInfo", "GetInfoResponse", agent.message("GetInfoRequest")())
        assert info.agent_version
        ok("GetInfo", f"{info.agent_version} on {info.kernel_release} {info.machine}")
        empty = agent.message("GetInfoRequest")()
        expect("NoSuchMethod", grpc.StatusCode.UNIMPLEMENTED, lambda: agent.call("NoSuchMethod", "GetInfoResponse", empty))
        if port != "0":
            tunnel(agent, int(port), (int(mebibytes) << 20) + 17)
            wait = agent.message("WaitPortRequest")(port=1)
            expect("deadline", grpc.StatusCode.DEADLINE_EXCEEDED, lambda: agent.call("WaitPort", "WaitPortResponse", wait, timeout=0.2))
        execute(agent, command)


main()
