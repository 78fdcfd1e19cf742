using System.Diagnostics;
using Coracle.Linux;

namespace Coracle.RootTests.Linux;

/// <summary>Under an older seccomp profile, which answers EPERM to calls that it does not know, and as on kernels that have none of them.</summary>
[Trait("Needs", "root")]
public sealed class MountTreeTests : IDisposable
{
    private readonly string _top = Directory.CreateTempSubdirectory("coracle-mounts-").FullName;

    public void Dispose()
    {
        _ = Shell("umount -l \"$0\"");
        Directory.Delete(_top);
    }

    /// <summary>The target's real name is a byte that is no text.</summary>
    [Fact]
    public void Read_only_goes_all_the_way_down_below_any_name()
    {
        Assert.Equal("", Shell(
            """
            mount -t tmpfs top "$0" && mount --make-private "$0" && cd "$0" || exit
            mkdir -p source "$(printf '\377')" && ln -s "$(printf '\377')" target
            mount -t tmpfs source source && mkdir source/sub && mount -t tmpfs sub source/sub
            """));
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(AttachUnderFilter)); // a filter is a thread's own and goes with it
        thread.Start();
        thread.Join();
        Assert.Null(failure);
        Assert.Equal("no no\n", Shell("cd \"$0\"; touch source/sub/f || exit; for d in target target/sub; do touch $d/g 2>&- && echo yes || echo no; done | xargs"));
    }

    private void AttachUnderFilter()
    {
        Refuse((int)Abi.SYS_open_tree, (int)Abi.SYS_move_mount, (int)Abi.SYS_mount_setattr);
        using MountTree target = MountTree.Pin(_top + "/target");
        using MountTree tree = MountTree.Clone(_top + "/source", recursive: true);
        tree.AttachTo(target);
        tree.MakeReadOnly(recursive: true, orFail: true);
    }

    private static unsafe void Refuse(params int[] calls)
    {
        const ushort Load = 0x20, JumpIfEqual = 0x15, Return = 0x06;
        List<ulong> code = [Instruction(Load, 0, 0, 0)];
        foreach (int call in calls)
        {
            code.Add(Instruction(JumpIfEqual, 0, 1, (uint)call));
            code.Add(Instruction(Return, 0, 0, 0x50000 | (uint)Errno.EPERM));
        }

        code.Add(Instruction(Return, 0, 0, 0x7FFF0000));
        ulong[] instructions = [.. code];
        fixed (ulong* first = instructions)
        {
            var program = new sock_fprog { len = (ushort)instructions.Length, filter = (byte*)first };
            Assert.Equal(0, LibC.prctl(Abi.PR_SET_SECCOMP, Abi.SECCOMP_MODE_FILTER, (nuint)(&program), 0, 0));
        }
    }

    private static ulong Instruction(ushort code, byte yes, byte no, uint value) => code | ((ulong)yes << 16) | ((ulong)no << 24) | ((ulong)value << 32);

    /// <returns>All that it says.</returns>
    private string Shell(string script)
    {
        using Process process = Process.Start(new ProcessStartInfo("sh", ["-c", "exec 2>&1\n" + script, _top]) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
