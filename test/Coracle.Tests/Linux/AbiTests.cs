using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using Coracle.Linux;

namespace Coracle.Tests.Linux;

/// <summary>Asks the C compilers, not our memory: once per port, with that port's headers. A missing compiler is a failure.</summary>
public sealed class AbiTests
{
    private const string Headers = """
        #define _GNU_SOURCE
        #include <stddef.h>
        #include <stdio.h>
        #include <dirent.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <poll.h>
        #include <pty.h>
        #include <sched.h>
        #include <signal.h>
        #include <spawn.h>
        #include <termios.h>
        #include <time.h>
        #include <unistd.h>
        #include <net/if.h>
        #include <netinet/in.h>
        #include <sys/epoll.h>
        #include <sys/eventfd.h>
        #include <sys/file.h>
        #include <sys/inotify.h>
        #include <sys/ioctl.h>
        #include <sys/mman.h>
        #include <sys/mount.h>
        #include <sys/prctl.h>
        #include <sys/resource.h>
        #include <sys/signalfd.h>
        #include <sys/socket.h>
        #include <sys/stat.h>
        #include <sys/syscall.h>
        #include <sys/sysinfo.h>
        #include <sys/sysmacros.h>
        #include <sys/timerfd.h>
        #include <sys/uio.h>
        #include <sys/un.h>
        #include <sys/utsname.h>
        #include <sys/vfs.h>
        #include <sys/wait.h>
        #include <sys/xattr.h>
        #include <linux/audit.h>
        #include <linux/bpf.h>
        #include <linux/capability.h>
        #include <linux/filter.h>
        #include <linux/fs.h>
        #include <linux/if.h>
        #include <linux/if_addr.h>
        #include <linux/if_link.h>
        #include <linux/ioprio.h>
        #include <linux/keyctl.h>
        #include <linux/magic.h>
        #include <linux/netfilter.h>
        #include <linux/netfilter_ipv4.h>
        #include <linux/netfilter/nf_conntrack_common.h>
        #include <linux/neighbour.h>
        #include <linux/netfilter/nf_tables.h>
        #include <linux/netfilter/nfnetlink.h>
        #include <linux/netfilter/nfnetlink_conntrack.h>
        #include <linux/netlink.h>
        #include <linux/openat2.h>
        #include <linux/rtnetlink.h>
        #include <linux/sched.h>
        #include <linux/seccomp.h>
        #include <linux/sockios.h>
        #include <linux/veth.h>
        #ifndef MFD_EXEC /* Linux 6.3: newer than Debian 12's headers */
        #define MFD_EXEC 0x10U
        #endif

        """;

    public static TheoryData<string, CpuArchitecture> Ports => new()
    {
        { "gcc", CpuArchitecture.X64 },
        { "aarch64-linux-gnu-gcc", CpuArchitecture.Arm64 },
        { "arm-linux-gnueabihf-gcc", CpuArchitecture.Arm },
    };

    [Theory]
    [MemberData(nameof(Ports))]
    public void Every_constant_is_what_the_headers_say(string compiler, CpuArchitecture port)
    {
        var program = new StringBuilder(Headers);
        foreach ((string name, long value) in ConstantsOf(port))
        {
            program.AppendLine(CultureInfo.InvariantCulture, $"_Static_assert((long long)({name}) == {value}LL, \"{name} is not {value}\");");
        }

        AssertCompiles(compiler, program.ToString());
    }

    [Theory]
    [MemberData(nameof(Ports))]
    public void Every_error_number_has_its_name(string compiler, CpuArchitecture port)
    {
        _ = port;
        var program = new StringBuilder(Headers);
        foreach (Errno errno in Enum.GetValues<Errno>().Where(errno => errno != Errno.None))
        {
            program.AppendLine(CultureInfo.InvariantCulture, $"_Static_assert({errno} == {(int)errno}, \"{errno}\");");
        }

        AssertCompiles(compiler, program.ToString());
    }

    [Theory]
    [MemberData(nameof(Ports))]
    public void Every_structure_is_laid_out_as_in_C(string compiler, CpuArchitecture port)
    {
        var program = new StringBuilder(Headers);
        foreach (Type type in Structures)
        {
            CTypeAttribute cType = type.GetCustomAttribute<CTypeAttribute>()!;
            string c = cType.Name;
            string compared = cType.IsPrefix ? ">=" : "==";
            CLayout layout = CLayout.Of(type, port);
            program.AppendLine(CultureInfo.InvariantCulture, $"_Static_assert(sizeof({c}) {compared} {layout.Size}, \"{c} is not {layout.Size} bytes\");");
            foreach ((string field, int offset) in layout.Offsets.Where(row => !row.Field.StartsWith("__", StringComparison.Ordinal)))
            {
                program.AppendLine(CultureInfo.InvariantCulture, $"_Static_assert(offsetof({c}, {field}) == {offset}, \"{c}.{field} is not at {offset}\");");
            }
        }

        AssertCompiles(compiler, program.ToString());
    }

    [Fact]
    public void The_layout_rules_used_for_other_ports_agree_with_the_runtime_on_this_one()
    {
        Assert.NotEmpty(Structures);
        foreach (Type type in Structures)
        {
            CLayout layout = CLayout.Of(type, Port.Current);
            Assert.Equal(Marshal.SizeOf(type), layout.Size);
            Assert.All(layout.Offsets, row => Assert.Equal((int)Marshal.OffsetOf(type, row.Field), row.Offset));
        }
    }

    private static void AssertCompiles(string compiler, string program)
    {
        string complaints = CrossCompiler.Check(compiler, program);
        Assert.True(complaints.Length == 0, complaints); // the whole of it, which Assert.Equal would cut
    }

    [Fact]
    public void A_wrong_constant_would_be_found()
        => Assert.Contains("O_DIRECTORY", CrossCompiler.Check("gcc", Headers + "_Static_assert(O_DIRECTORY == 16384, \"O_DIRECTORY\");\n"));

    private static IEnumerable<Type> Structures
        => typeof(Errno).Assembly.GetTypes().Where(type => type.GetCustomAttribute<CTypeAttribute>() is not null);

    private static IEnumerable<(string Name, long Value)> ConstantsOf(CpuArchitecture port)
    {
        const BindingFlags Everything = BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public;
        foreach (FieldInfo field in typeof(Abi).GetFields(Everything).Where(field => field.IsLiteral))
        {
            yield return (field.Name, Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture));
        }

        foreach (PropertyInfo property in typeof(Abi).GetProperties(Everything))
        {
            var value = Assert.IsType<PerPort>(property.GetValue(null));
            yield return (property.Name, port switch
            {
                CpuArchitecture.X64 => value.X64,
                CpuArchitecture.Arm64 => value.Arm64,
                _ => value.Arm,
            });
        }
    }
}

/// <summary>C's rules for a structure of plain members, for a port that is not the running one.</summary>
internal sealed record CLayout(int Size, int Alignment, IReadOnlyList<(string Field, int Offset)> Offsets)
{
    internal static CLayout Of(Type type, CpuArchitecture port)
    {
        int offset = 0;
        int alignment = 1;
        var offsets = new List<(string, int)>();
        foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).OrderBy(f => f.MetadataToken))
        {
            (int size, int align) = Measure(field, port);
            offset = (offset + align - 1) / align * align;
            offsets.Add((field.Name, offset));
            offset += size;
            alignment = Math.Max(alignment, align);
        }

        int declared = type.StructLayoutAttribute?.Size ?? 0;
        return new CLayout(Math.Max(declared, (offset + alignment - 1) / alignment * alignment), alignment, offsets);
    }

    private static (int Size, int Alignment) Measure(FieldInfo field, CpuArchitecture port)
    {
        if (field.GetCustomAttribute<System.Runtime.CompilerServices.FixedBufferAttribute>() is { } buffer)
        {
            int element = Marshal.SizeOf(buffer.ElementType);
            return (element * buffer.Length, element);
        }

        Type type = field.FieldType;
        if (type == typeof(nint) || type == typeof(nuint) || type.IsPointer)
        {
            int pointer = port == CpuArchitecture.Arm ? 4 : 8;
            return (pointer, pointer);
        }

        if (type.IsPrimitive)
        {
            return (Marshal.SizeOf(type), Marshal.SizeOf(type)); // 64-bit members are aligned to 8 by ARM EABI as well
        }

        CLayout nested = Of(type, port);
        if (type.GetCustomAttribute<System.Runtime.CompilerServices.InlineArrayAttribute>() is { } array)
        {
            return (nested.Size * array.Length, nested.Alignment);
        }

        return (nested.Size, nested.Alignment);
    }
}

internal static class CrossCompiler
{
    /// <returns>The compiler's complaints; empty when the program is right.</returns>
    internal static string Check(string compiler, string program)
    {
        var start = new ProcessStartInfo(compiler, ["-x", "c", "-std=gnu11", "-fsyntax-only", "-"])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException(compiler);
        Task<string> complaints = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        process.StandardInput.Write(program);
        process.StandardInput.Close();
        string text = complaints.GetAwaiter().GetResult();
        process.WaitForExit();
        return process.ExitCode == 0 ? "" : text.Length > 0 ? text : $"{compiler} exited with {process.ExitCode}";
    }
}
