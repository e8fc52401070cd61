#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes reference.safetensors with the safetensors package's own writer.

io_safetensors.cpp reads it, so that reader and writer are checked against an implementation that is not ours.
Needs: pip install numpy safetensors (made with numpy 2.4.6 and safetensors 0.8.0).
"""

from pathlib import Path

import numpy
from safetensors.numpy import save_file

tensors = {
    "bool": numpy.array([True, False, True]),
    "u8": numpy.arange(6, dtype=numpy.uint8).reshape(2, 3),
    "i8": numpy.array([-128, 0, 127], dtype=numpy.int8),
    "u16": numpy.array([0, 65535], dtype=numpy.uint16),
    "i16": numpy.array([-32768, 32767], dtype=numpy.int16),
    "f16": numpy.array([0.5, -2.0], dtype=numpy.float16),
    "u32": numpy.array([4294967295], dtype=numpy.uint32),
    "i32": numpy.array([[-2147483648, 2147483647]], dtype=numpy.int32),
    "f32": numpy.array([[0.25, -1.5], [3.0, 1e-40]], dtype=numpy.float32),
    "u64": numpy.array([18446744073709551615], dtype=numpy.uint64),
    "i64": numpy.array([-9223372036854775808, 42], dtype=numpy.int64),
    "f64": numpy.array([0.1, float("inf")], dtype=numpy.float64),
    "scalar": numpy.array(7.5, dtype=numpy.float32),
    "empty": numpy.zeros((0, 4), dtype=numpy.float32),
    "a \"quoted\" n\u00e4me": numpy.array([1], dtype=numpy.int64),
}
path = Path(__file__).with_name("reference.safetensors")
save_file(tensors, path, metadata={"format": "np"})
print(path, path.stat().st_size, "bytes")
