#!/usr/bin/env python3
"""Writes src/Coracle.Linux/Seccomp/SyscallTable.Rows.cs from the C headers of every port.

Needs gcc, aarch64-linux-gnu-gcc and arm-linux-gnueabihf-gcc with their kernel headers. SyscallTableTests asks the same compilers whether
the table is right, so run this only to add calls of newer headers.
"""
import re, subprocess, pathlib

# Newer than Debian 12's headers; all calls from 424 on have one number on every architecture.
NEWER = dict(cachestat=451, fchmodat2=452, map_shadow_stack=453, futex_wake=454, futex_wait=455, futex_requeue=456, statmount=457,
             listmount=458, lsm_get_self_attr=459, lsm_set_self_attr=460, lsm_list_modules=461, mseal=462, setxattrat=463,
             getxattrat=464, listxattrat=465, removexattrat=466, open_tree_attr=467)
ARM_PRIVATE = dict(breakpoint=0xF0001, cacheflush=0xF0002, usr26=0xF0003, usr32=0xF0004, set_tls=0xF0005, get_tls=0xF0006)

def numbers(compiler, header):
    names = sorted(set(re.findall(r"#define __NR_(\w+)", subprocess.run(
        [compiler, "-E", "-dM", "-"], input=f"#include <{header}>\n", capture_output=True, text=True, check=True).stdout)))
    source = f"#include <{header}>\n" + "".join(f"row {n} __NR_{n}\n" for n in names)
    out = subprocess.run([compiler, "-E", "-P", "-"], input=source, capture_output=True, text=True, check=True).stdout
    table = {}
    for name, value in re.findall(r"^row (\w+) (.+)$", out, re.M):
        value = value.replace("__X32_SYSCALL_BIT", "0x40000000")
        if re.fullmatch(r"[\s0-9a-fA-FxX+()]+", value) and name not in ("syscalls",):
            table[name] = eval(value)
    return table

x64 = numbers("gcc", "asm/unistd_64.h")
x32 = {n: v & ~0x40000000 for n, v in numbers("gcc", "asm/unistd_x32.h").items()}
x86 = numbers("gcc", "asm/unistd_32.h")
arm64 = numbers("aarch64-linux-gnu-gcc", "asm/unistd.h")
arm = numbers("arm-linux-gnueabihf-gcc", "asm/unistd.h")
for name, number in NEWER.items():
    for table in (x64, x32, x86, arm64, arm):
        table.setdefault(name, number)
x64.setdefault("uretprobe", 335)
x64.setdefault("uprobe", 336)
for name, number in ARM_PRIVATE.items():
    arm.setdefault(name, number)
names = sorted(n for n in set(x64) | set(x32) | set(x86) | set(arm64) | set(arm) if not n.startswith(("ARM_", "OABI", "SYSCALL")))
rows = "\n".join("        " + " ".join([n] + [str(t.get(n, "-")) for t in (x64, x32, x86, arm64, arm)]) for n in names)
pathlib.Path(__file__).parent.parent.joinpath("src/Coracle.Linux/Seccomp/SyscallTable.Rows.cs").write_text(f'''namespace Coracle.Linux;

// Made by build/syscall-table.py.
internal sealed partial class SyscallTable
{{
    /// <summary>Name, then the numbers on x64, x32 (without its bit), x86, arm64, arm.</summary>
    private static ReadOnlySpan<byte> Rows => """
{rows}

        """u8;
}}
''')
