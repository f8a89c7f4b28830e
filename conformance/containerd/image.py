#!/usr/bin/python3
"""Writes an image with a busybox, localhost/busybox:1, in the format of `docker save`: image.py FILE"""

import hashlib
import io
import json
import subprocess
import sys
import tarfile


def add(archive, name, data):
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), 0o755
    archive.addfile(info, io.BytesIO(data))


layer = io.BytesIO()
with tarfile.open(fileobj=layer, mode="w") as archive:
    with open("/bin/busybox", "rb") as file:
        add(archive, "bin/busybox", file.read())
    add(archive, "etc/passwd", b"root:x:0:0:root:/:/bin/sh\n")
    for name in ("nc", "sh", "sleep"):
        link = tarfile.TarInfo("bin/" + name)
        link.type, link.linkname = tarfile.SYMTYPE, "busybox"
        archive.addfile(link)
layer = layer.getvalue()
machine = subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip()
config = json.dumps({
    "architecture": machine, "os": "linux",
    "config": {"Cmd": ["/bin/sleep", "1000000"], "Env": ["PATH=/bin"]},
    "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]},
}).encode()
with tarfile.open(sys.argv[1], "w") as archive:
    add(archive, "config.json", config)
    add(archive, "layer.tar", layer)
    manifest = [{"Config": "config.json", "RepoTags": ["localhost/busybox:1"], "Layers": ["layer.tar"]}]
    add(archive, "manifest.json", json.dumps(manifest).encode())
