#!/usr/bin/python3
"""Runs runc without limits of memory, processes and the like: a hybrid host has no controllers of version 2 for them."""

import json
import os
import sys

words = sys.argv[1:]
if "create" in words or "run" in words:
    folder = "."
    for option, value in zip(words, words[1:]):
        if option in ("--bundle", "-b"):
            folder = value
    name = os.path.join(folder, "config.json")
    with open(name) as file:
        config = json.load(file)
    resources = config["linux"].get("resources", {})
    config["linux"]["resources"] = {"devices": resources.get("devices", [])}
    with open(name, "w") as file:
        json.dump(config, file)
os.execvp("runc", ["runc"] + words)
