#!/usr/bin/python3
"""A client of containerd's Kubernetes interface (CRI v1), for the tests.

  cri.py create POD HANDLER ANNOTATIONS OWN IMAGE WORD...   makes a pod with one container; prints the container's id
  cri.py start CONTAINER
  cri.py remove CONTAINER                                   stops and removes a container
  cri.py remove-pod POD                                     stops and removes a pod

ANNOTATIONS are those of the pod and OWN those of its container, as JSON objects. The container has the host's network. Its
output is in pods/POD/app.log below the working directory. Messages are encoded here, so that only Debian's python3-grpcio
is needed: a message is a list of (field, value), and the numbers are those of the fields in
k8s.io/cri-api/pkg/apis/runtime/v1/api.proto.
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
    return [(field, [(1, key), (2, value)]) for key, value in json.loads(values).items()]


class Client:
    def __init__(self, channel):
        self.channel = channel

    def call(self, method, message):
        function = self.channel.unary_unary("/runtime.v1.RuntimeService/" + method)
        return decode(function(encode(message), timeout=60))

    def create(self, name, handler, annotations, own, image, *words):
        logs = os.path.abspath("pods/" + name)
        os.makedirs(logs, exist_ok=True)
        # Labels as the kubelet sets them: those of the pod on its sandbox alone.
        kubelet = {"io.kubernetes.pod.name": name, "io.kubernetes.pod.namespace": "shop",
                   "io.kubernetes.pod.uid": name + "-uid"}
        pod = ([(1, [(1, name), (2, name + "-uid"), (3, "shop")]), (3, logs)]
               + pairs(6, json.dumps({**kubelet, "app": name})) + pairs(7, annotations) + [(8, [(1, "/pods/" + name), (2, [(1, HOST)])])])
        sandbox = dict(self.call("RunPodSandbox", [(1, pod), (2, handler)]))[1].decode()
        container = ([(1, [(1, "app")]), (2, [(1, image)])] + [(3, word) for word in words]
                     + pairs(9, json.dumps({**kubelet, "io.kubernetes.container.name": "app"})) + pairs(10, own) + [(11, "app.log"), (15, [(2, [(3, HOST)])])])
        created = self.call("CreateContainer", [(1, sandbox), (2, container), (3, pod)])
        print(dict(created)[1].decode())

    def start(self, container):
        self.call("StartContainer", [(1, container)])

    def remove(self, container):
        self.call("StopContainer", [(1, container)])
        self.call("RemoveContainer", [(1, container)])

    def remove_pod(self, name):
        for _, pod in self.call("ListPodSandbox", []):
            fields = dict(decode(pod))
            if dict(decode(fields[2]))[1].decode() == name:
                self.call("StopPodSandbox", [(1, fields[1].decode())])
                self.call("RemovePodSandbox", [(1, fields[1].decode())])


with grpc.insecure_channel("unix:///run/containerd/containerd.sock") as channel:
    try:
        getattr(Client(channel), sys.argv[1].replace("-", "_"))(*sys.argv[2:])
    except grpc.RpcError as error:
        sys.exit(error.details())
