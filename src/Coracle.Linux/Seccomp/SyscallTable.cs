using System.Buffers.Text;
using System.Text;

namespace Coracle.Linux;

/// <summary>The interfaces through which a program may call one kernel: its own and the older ones it still answers.</summary>
public enum SyscallInterface
{
    X64,

    /// <summary>x86-64 with 32-bit pointers: the same audit architecture, numbers with <see cref="SyscallTable.X32Bit"/>.</summary>
    X32,
    X86,
    Arm64,
    Arm,
}

/// <summary>System calls by name. Built when a filter is compiled and dropped after it.</summary>
internal sealed partial class SyscallTable
{
    /// <summary>asm/unistd.h of x86: __X32_SYSCALL_BIT.</summary>
    internal const uint X32Bit = 0x40000000;

    private const int Interfaces = 5;
    private const int Absent = -1;

    private readonly Dictionary<string, int[]> _numbers = [];

    internal SyscallTable()
    {
        ReadOnlySpan<byte> rest = Rows;
        while (!rest.IsEmpty)
        {
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> row = rest[..end];
            rest = rest[(end + 1)..];
            if (!row.IsEmpty)
            {
                Add(row);
            }
        }
    }

    internal IEnumerable<string> Names => _numbers.Keys;

    /// <returns>Null when this interface does not have the call. Of x32 without its bit.</returns>
    internal int? NumberOf(string name, SyscallInterface calls)
        => _numbers.TryGetValue(name, out int[]? numbers) && numbers[(int)calls] is >= 0 and int number ? number : null;

    private void Add(ReadOnlySpan<byte> row)
    {
        int space = row.IndexOf((byte)' ');
        string name = Encoding.ASCII.GetString(row[..space]);
        int[] numbers = new int[Interfaces];
        for (int index = 0; index < Interfaces; index++)
        {
            row = row[(space + 1)..];
            numbers[index] = Utf8Parser.TryParse(row, out int number, out _) ? number : Absent;
            space = row.IndexOf((byte)' ');
            space = space < 0 ? row.Length - 1 : space;
        }

        _numbers.Add(name, numbers);
    }
}
