using System.Buffers.Binary;
using Coracle.Linux;

namespace Coracle.Tests.Linux;

/// <summary>Runs a seccomp program as the kernel does, and refuses what the kernel refuses.</summary>
internal static class BpfMachine
{
    internal const uint Allow = 0x7FFF0000;

    internal static uint Fails(Errno errno) => 0x50000 | (uint)errno;

    internal static uint Run(byte[] program, uint architecture, uint number, params ulong[] arguments)
    {
        byte[] data = new byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(data, number);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(4), architecture);
        for (int index = 0; index < arguments.Length; index++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(16 + (8 * index)), arguments[index]);
        }

        return Run(program, data, out _);
    }

    internal static uint Run(byte[] program, byte[] data, out int steps)
    {
        Assert.Equal(0, program.Length % 8);
        uint accumulator = 0;
        int at = 0;
        for (steps = 1; ; steps++)
        {
            Assert.InRange(at, 0, (program.Length / 8) - 1);
            ReadOnlySpan<byte> instruction = program.AsSpan(at * 8, 8);
            ushort code = BinaryPrimitives.ReadUInt16LittleEndian(instruction);
            (byte then, byte otherwise) = (instruction[2], instruction[3]);
            uint k = BinaryPrimitives.ReadUInt32LittleEndian(instruction[4..]);
            at++;
            switch (code)
            {
                case 0x20: // ld [k]
                    Assert.True(k % 4 == 0 && k < 64);
                    accumulator = BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan((int)k));
                    break;
                case 0x54: // and #k
                    accumulator &= k;
                    break;
                case 0x05: // ja
                    at += checked((int)k);
                    break;
                case 0x15: // jeq
                    at += accumulator == k ? then : otherwise;
                    break;
                case 0x25: // jgt
                    at += accumulator > k ? then : otherwise;
                    break;
                case 0x35: // jge
                    at += accumulator >= k ? then : otherwise;
                    break;
                case 0x06: // ret
                    return k;
                default:
                    Assert.Fail($"instruction {code:x}");
                    break;
            }
        }
    }
}
