#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads event files with the package tensorboard and prints what is in them as JSON.

    read_events.py FOLDER

{"scalars": {TAG: [[STEP, VALUE, WALL TIME], ...]}, "images": {TAG: [[STEP, WIDTH, HEIGHT, BYTES], ...]}}
"""
import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

accumulator = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "images": 0, "tensors": 0})
accumulator.Reload()
tags = accumulator.Tags()
print(json.dumps({
    "scalars": {tag: [[e.step, e.value, e.wall_time] for e in accumulator.Scalars(tag)] for tag in tags["scalars"]},
    "images": {tag: [[e.step, e.width, e.height, len(e.encoded_image_string)] for e in accumulator.Images(tag)]
               for tag in tags["images"]},
}))
