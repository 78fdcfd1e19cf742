using System.Globalization;
using System.Text;
using Coracle.Linux;

namespace Coracle.Tests.Linux;

public sealed class SyscallTableTests
{
    public static TheoryData<string, string, SyscallInterface> Ports => new()
    {
        { "gcc", "asm/unistd_64.h", SyscallInterface.X64 },
        { "gcc", "asm/unistd_x32.h", SyscallInterface.X32 },
        { "gcc", "asm/unistd_32.h", SyscallInterface.X86 },
        { "aarch64-linux-gnu-gcc", "asm/unistd.h", SyscallInterface.Arm64 },
        { "arm-linux-gnueabihf-gcc", "asm/unistd.h", SyscallInterface.Arm },
    };

    [Theory]
    [MemberData(nameof(Ports))]
    public void Every_number_is_what_the_headers_say(string compiler, string header, SyscallInterface calls)
    {
        var table = new SyscallTable();
        var program = new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"#include <{header}>");
        if (calls == SyscallInterface.X32)
        {
            program.AppendLine("#define __X32_SYSCALL_BIT 0");
        }

        int known = 0;
        foreach (string name in table.Names)
        {
            // Headers older than the table do not know its newest calls; from 424 on all interfaces count alike.
            string macro = (calls == SyscallInterface.Arm && table.NumberOf(name, calls) > 0xF0000 ? "__ARM_NR_" : "__NR_") + name;
            string expected = table.NumberOf(name, calls)?.ToString(CultureInfo.InvariantCulture) ?? "-1";
            known += expected == "-1" ? 0 : 1;
            program.AppendLine(CultureInfo.InvariantCulture, $"#ifdef {macro}\n_Static_assert({macro} == {expected}, \"{name}\");\n#endif");
        }

        string complaints = CrossCompiler.Check(compiler, program.ToString());
        Assert.True(complaints.Length == 0, complaints);
        Assert.InRange(known, 300, 500);
    }

    [Fact]
    public void Calls_since_the_numbers_were_unified_have_one_number()
    {
        var table = new SyscallTable();
        foreach (string name in table.Names.Where(name => table.NumberOf(name, SyscallInterface.Arm64) >= 424))
        {
            foreach (SyscallInterface calls in Enum.GetValues<SyscallInterface>())
            {
                Assert.Contains(table.NumberOf(name, calls), new int?[] { null, table.NumberOf(name, SyscallInterface.Arm64) });
            }
        }
    }
}
