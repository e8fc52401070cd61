# SPDX-License-Identifier: GPL-3.0-or-later
"""What the measurements share: running programs, the machine's name, images made up for every preset."""
import json
import os
import platform
import random
import struct
import subprocess
import sys
import tempfile
import venv
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build/release"
PACKAGES = ["torch==2.11.0", "numpy", "safetensors", "matplotlib"]


def fail(message):
    print(f"{Path(sys.argv[0]).name}: {message}", file=sys.stderr)
    sys.exit(2)


def run(command):
    """A command's standard output and its peak memory in MiB; ends the program where it does not succeed."""
    words = [str(word) for word in command]
    with tempfile.TemporaryFile("w+") as said:
        try:
            process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=said, text=True)
        except OSError as error:
            fail(f"cannot run {words[0]}: {error.strerror}")
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)  # unlike wait(), it tells of memory
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            said.seek(0)
            fail(f"{' '.join(words)}\nended with {process.returncode}:\n{(said.read() or output).strip()[-2000:]}")
    return output, usage.ru_maxrss / 1024


def measure(command):
    """The JSON object that a benchmark prints, with its peak memory."""
    output, memory = run(command)
    try:
        return {**json.loads(output[output.index("{"):]), "memory_mib": memory}
    except ValueError as error:
        fail(f"{' '.join(map(str, command))}\nprinted no result ({error}):\n{output[-500:]}")


def pytorch_python():
    """A Python with the pinned PyTorch, made in the cache folder if it is not there yet."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "saddle" / "pytorch-venv"
    python, done = folder / "bin" / "python", folder / "packages.txt"  # written last: a broken install is made again
    if not done.exists() or done.read_text().split() != PACKAGES:
        print(f"Installing {' '.join(PACKAGES)} into {folder} (about 5 GB, once) ...", file=sys.stderr)
        try:
            venv.create(folder, clear=True, with_pip=True)
        except (OSError, subprocess.CalledProcessError) as error:
            fail(f"cannot make {folder}: {error}")
        run([python, "-m", "pip", "install", "--quiet", *PACKAGES])
        done.write_text("\n".join(PACKAGES) + "\n")
    return python


def machine():
    model = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
    except OSError:
        pass
    return f"{model}, {len(os.sched_getaffinity(0))} cores; {platform.system()} {platform.release()}"


def saddle_version(saddle):
    return run([saddle, "--version"])[0].strip().splitlines()[0]


def plot(python, kind, table, picture):
    """Draws a table of measurements; the picture's ending says its format."""
    run([python, HERE / "plot.py", kind, table, picture])


def png(side, pixels):
    """A PNG of RGB pixels, row by row."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + pixels[3 * side * y:3 * side * (y + 1)] for y in range(side))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b""))


class MadeImages:
    """Noise in the formats that presets read: a step takes the same time on it as on photographs."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.random = random.Random(0)

    def settings(self, preset, size=None):
        """The words that make saddle-cli read such images."""
        if preset.startswith("celeba"):
            folder = self.made(f"png-{size or 64}", self.folder_of_png, size or 64)
            return ["--set", f"data.folder={folder}", "--set", "data.crop=0", "--set", f"data.size={size or 64}"]
        if preset in ("wgan-gp", "r3gan-32", "sngan-hinge"):
            return ["--set", f"data.folder={self.made('cifar', self.cifar)}"]
        return ["--set", f"data.folder={self.made('idx', self.idx)}"]

    def made(self, name, make, *arguments):
        folder = self.folder / name
        if not folder.exists():
            folder.mkdir()
            make(folder, *arguments)
        return folder

    def folder_of_png(self, folder, side):
        for number in range(256):
            (folder / f"{number}.png").write_bytes(png(side, self.random.randbytes(3 * side * side)))

    def cifar(self, folder):
        for name in [f"data_batch_{part}" for part in range(1, 6)] + ["test_batch"]:
            records = b"".join(bytes([number % 10]) + self.random.randbytes(3072) for number in range(205))
            (folder / f"{name}.bin").write_bytes(records)

    def idx(self, folder):
        for part in ("train", "t10k"):
            (folder / f"{part}-images-idx3-ubyte").write_bytes(
                struct.pack(">4I", 0x803, 1024, 28, 28) + self.random.randbytes(1024 * 28 * 28))
            (folder / f"{part}-labels-idx1-ubyte").write_bytes(
                struct.pack(">2I", 0x801, 1024) + bytes(number % 10 for number in range(1024)))
