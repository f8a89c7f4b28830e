#!/usr/bin/python3
"""A client of the Container Runtime Interface, for tests.

    cri.py SOCKET create NAME ANNOTATIONS [CONTAINER-ANNOTATIONS] -- COMMAND...
    cri.py SOCKET start CONTAINER
    cri.py SOCKET stop CONTAINER
    cri.py SOCKET remove CONTAINER
    cri.py SOCKET clean

`create` makes a pod with one container and prints the container's id; ANNOTATIONS is JSON. The output of the container is
appended to the file NAME.log beside the socket. Messages are encoded here: a message is a list of (field, value).
"""

import json
import os
import sys

import grpc

HOST = [(1, 2)]  # NamespaceOption.network = NODE


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def encode(message):
    out = b""
    for field, value in message:
        if isinstance(value, int):
            out += varint(field << 3) + varint(value)
        else:
            data = value.encode() if isinstance(value, str) else encode(value)
            out += varint(field << 3 | 2) + varint(len(data)) + data
    return out


def number(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return value, at


def decode(data):
    """Returns the fields of a message as pairs; values are numbers or bytes."""
    fields, at = [], 0
    while at < len(data):
        key, at = number(data, at)
        value, at = number(data, at)
        if key & 7 == 2:
            value, at = data[at:at + value], at + value
        fields.append((key >> 3, value))
    return fields


def pairs(field, values):
    return [(field, [(1, key), (2, value)]) for key, value in values.items()]


class Client:
    def __init__(self, socket):
        self.folder = os.path.dirname(os.path.abspath(socket))
        self.channel = grpc.insecure_channel("unix://" + os.path.abspath(socket))

    def call(self, method, message):
        function = self.channel.unary_unary("/runtime.v1.RuntimeService/" + method)
        return decode(function(encode(message), timeout=60))

    def create(self, name, annotations, own, command):
        pod = ([(1, [(1, name), (2, name + "-uid"), (3, "default")]), (3, self.folder)]
               + pairs(7, annotations) + [(8, [(1, "/pods/" + name), (2, [(1, HOST)])])])
        sandbox = dict(self.call("RunPodSandbox", [(1, pod)]))[1].decode()
        container = ([(1, [(1, "app")]), (2, [(1, "localhost/busybox:1")])] + [(3, word) for word in command]
                     + pairs(10, own) + [(11, name + ".log"), (15, [(2, [(3, HOST)])])])
        created = self.call("CreateContainer", [(1, sandbox), (2, container), (3, pod)])
        return dict(created)[1].decode()

    def clean(self):
        for field, pod in self.call("ListPodSandbox", []):
            sandbox = dict(decode(pod))[1].decode()
            self.call("StopPodSandbox", [(1, sandbox)])
            self.call("RemovePodSandbox", [(1, sandbox)])


def main():
    client, what, words = Client(sys.argv[1]), sys.argv[2], sys.argv[3:]
    if what == "create":
        split = words.index("--")
        annotations = [json.loads(word) for word in words[1:split]] + [{}]
        print(client.create(words[0], annotations[0], annotations[1], words[split + 1:]))
    elif what == "clean":
        client.clean()
    else:
        method = {"start": "StartContainer", "stop": "StopContainer", "remove": "RemoveContainer"}[what]
        client.call(method, [(1, words[0])])


try:
    main()
except grpc.RpcError as error:
    sys.exit(error.details())
