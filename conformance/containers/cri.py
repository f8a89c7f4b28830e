#!/usr/bin/python3
"""A client of containerd's Kubernetes interface (CRI v1), for the tests.

  cri.py run POD HANDLER ANNOTATIONS IMAGE WORD...   starts a pod of one container in the host's network; prints both ids
  cri.py remove SANDBOX                              stops and removes a pod

ANNOTATIONS is a JSON object. The container's output is in /run/pods/POD/app.log. Messages are encoded here, so that
only Debian's python3-grpcio is needed; the numbers are those of the fields in k8s.io/cri-api/pkg/apis/runtime/v1/api.proto.
"""
import json
import os
import sys

import grpc

NODE = 2  # NamespaceMode: the host's namespace


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number, value):
    """Encodes a field: a number, a text, a message, or a list of these."""
    if isinstance(value, list):
        return b"".join(field(number, each) for each in value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def call(channel, method, request):
    """Calls a method and returns the text of field 1, which must be the first of the response."""
    response = channel.unary_unary("/runtime.v1.RuntimeService/" + method)(request, timeout=60)
    return response[2 : 2 + response[1]].decode() if response else ""


def text_map(texts):
    return [field(1, key) + field(2, text) for key, text in texts.items()]


def run(channel, name, handler, annotations, image, *words):
    namespaces = field(1, NODE)
    logs = "/run/pods/" + name
    os.makedirs(logs, exist_ok=True)
    pod = b"".join([
        field(1, field(1, name) + field(2, name + "-uid") + field(3, "default")),
        field(3, logs),
        field(7, text_map(json.loads(annotations))),
        field(8, field(1, "/pods") + field(2, field(1, namespaces))),
    ])
    sandbox = call(channel, "RunPodSandbox", field(1, pod) + field(2, handler))
    print(sandbox, flush=True)
    container = b"".join([
        field(1, field(1, "app")),
        field(2, field(1, image)),
        field(3, list(words)),
        field(11, "app.log"),
        field(15, field(2, field(3, namespaces))),
    ])
    created = call(channel, "CreateContainer", field(1, sandbox) + field(2, container) + field(3, pod))
    call(channel, "StartContainer", field(1, created))
    print(created)


def main():
    command, *words = sys.argv[1:]
    with grpc.insecure_channel("unix:///run/containerd/containerd.sock") as channel:
        try:
            if command == "run":
                run(channel, *words)
            else:
                call(channel, "StopPodSandbox", field(1, words[0]))
                call(channel, "RemovePodSandbox", field(1, words[0]))
        except grpc.RpcError as error:
            sys.exit(error.details())


main()
