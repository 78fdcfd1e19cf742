#!/usr/bin/env python3
"""image.py BUSYBOX NAME [ARCHITECTURE]: an image of busybox alone, as docker save writes it, to standard output."""
import hashlib
import io
import json
import platform
import subprocess
import sys
import tarfile


def add(archive, name, content, mode=0o644):
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    archive.addfile(entry, io.BytesIO(content))


def layer(busybox, lister):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        with open(busybox, "rb") as program:
            add(archive, "bin/busybox", program.read(), 0o755)
        for applet in subprocess.run([lister, "--list"], capture_output=True, text=True, check=True).stdout.split():
            if applet != "busybox":
                link = tarfile.TarInfo("bin/" + applet)
                link.type, link.linkname = tarfile.SYMTYPE, "busybox"
                archive.addfile(link)
        add(archive, "etc/passwd", b"root:x:0:0:root:/:/bin/sh\n")
    return buffer.getvalue()


def main():
    busybox, name = sys.argv[1:3]
    architecture = sys.argv[3] if len(sys.argv) > 3 else {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
    tar = layer(busybox, busybox if len(sys.argv) < 4 else "busybox")  # another processor's cannot be asked here
    config = json.dumps({
        "architecture": architecture, "os": "linux", "created": "2024-01-01T00:00:00Z",
        "config": {"Cmd": ["sh"], "Env": ["PATH=/bin"]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(tar).hexdigest()]},
    }).encode()
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.USTAR_FORMAT) as archive:
        add(archive, "layer.tar", tar)
        add(archive, config_name, config)
        add(archive, "manifest.json", json.dumps([{"Config": config_name, "RepoTags": [name], "Layers": ["layer.tar"]}]).encode())


main()
