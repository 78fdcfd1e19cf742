using Coracle.Linux;
using Coracle.Runtime;

namespace Coracle.RootTests.Runtime;

[Trait("Needs", "root")]
public sealed class SeccompInKernelTests
{
    private const int UnixFamily = 1;
    private const int VsockFamily = 40;
    private const int UnknownCall = 900;

    [Fact]
    public void The_kernel_takes_the_default_profile_and_answers_by_it()
    {
        // A filter is a thread's own and goes with it.
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(AskUnderFilter));
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }

    private static unsafe void AskUnderFilter()
    {
        byte[] filter = SeccompFilter.CompileDefault(0xA80425FB, KernelVersion.Running, Port.Current);
        var table = new SyscallTable();
        SyscallInterface native = Port.IsArm64 ? SyscallInterface.Arm64 : SyscallInterface.X64;
        nint Call(string name, nint argument) => LibC.syscall(table.NumberOf(name, native)!.Value, argument, 0, 0, 0, 0, 0);
        fixed (byte* instructions = filter)
        {
            var program = new sock_fprog { len = (ushort)(filter.Length / 8), filter = instructions };
            Assert.Equal(0, LibC.prctl(Abi.PR_SET_SECCOMP, Abi.SECCOMP_MODE_FILTER, (nuint)(&program), 0, 0));
        }

        Assert.Equal(Environment.ProcessId, Call("getpid", 0));
        Assert.Equal((-1, Errno.EPERM), (Call("unshare", 0), LinuxException.LastErrno));
        Assert.Equal((-1, Errno.EPERM), (Call("mount", 0), LinuxException.LastErrno));
        Assert.Equal((-1, Errno.ENOSYS), (Call("clone3", 0), LinuxException.LastErrno));
        Assert.Equal((-1, Errno.ENOSYS), (LibC.syscall(UnknownCall, 0, 0, 0, 0, 0, 0), LinuxException.LastErrno));
        Assert.Equal((-1, Errno.EPERM), (Call("socket", VsockFamily), LinuxException.LastErrno));
        Assert.Equal((-1, Errno.ESOCKTNOSUPPORT), (Call("socket", UnixFamily), LinuxException.LastErrno)); // let through to "type 0? no"
        Assert.True(Call("personality", unchecked((nint)0xFFFFFFFF)) >= 0);
    }
}
