using System.Buffers.Binary;

namespace Coracle.Runtime;

/// <summary>
/// What engine and keeper say to each other: docs/formats/keeper-protocol.md. A keeper outlives engines, so engines of every later version
/// must speak the versions that engines of every earlier one started.
/// </summary>
internal static class KeeperProtocol
{
    /// <summary>"CKPR", little-endian.</summary>
    public const int Magic = 0x52504B43;

    public const ushort LowestVersion = 1;
    public const ushort HighestVersion = 1;

    /// <summary>Both ways: the magic number and two version numbers.</summary>
    public const int HelloLength = 8;

    /// <summary>Length of what follows, operation, status, sequence number.</summary>
    public const int HeaderLength = 12;

    /// <summary>A request after its header: tables of names go through files.</summary>
    public const int MostRequestBytes = 4084;

    /// <summary>An answer after its header: a page of the list is the longest.</summary>
    public const int MostAnswerBytes = 16 << 10;

    /// <summary>The version that both speak.</summary>
    /// <returns>0 when there is none.</returns>
    public static ushort Agree(ReadOnlySpan<byte> hello)
    {
        if (hello.Length != HelloLength || BinaryPrimitives.ReadInt32LittleEndian(hello) != Magic)
        {
            return 0;
        }

        ushort lowest = BinaryPrimitives.ReadUInt16LittleEndian(hello[4..]);
        ushort common = Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(hello[6..]), HighestVersion);
        return common >= lowest && common >= LowestVersion ? common : (ushort)0;
    }

    /// <summary>The version that the other side has chosen.</summary>
    /// <returns>0 when that is none of ours.</returns>
    public static ushort Agreed(ReadOnlySpan<byte> answer)
    {
        ushort chosen = answer.Length == HelloLength && BinaryPrimitives.ReadInt32LittleEndian(answer) == Magic
            ? BinaryPrimitives.ReadUInt16LittleEndian(answer[4..])
            : (ushort)0;
        return chosen is >= LowestVersion and <= HighestVersion ? chosen : (ushort)0;
    }

    public static void WriteHello(Span<byte> hello, ushort first, ushort second)
    {
        BinaryPrimitives.WriteInt32LittleEndian(hello, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(hello[4..], first);
        BinaryPrimitives.WriteUInt16LittleEndian(hello[6..], second);
    }

    public static void WriteHeader(Span<byte> header, int length, KeeperOperation operation, KeeperAnswer status, uint sequence)
    {
        BinaryPrimitives.WriteInt32LittleEndian(header, length);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], (ushort)operation);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], (ushort)status);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], sequence);
    }

    /// <returns>False when the message is not what its header says.</returns>
    public static bool TryReadHeader(ReadOnlySpan<byte> message, out KeeperOperation operation, out KeeperAnswer status, out uint sequence)
    {
        operation = default;
        status = default;
        sequence = 0;
        if (message.Length < HeaderLength || BinaryPrimitives.ReadInt32LittleEndian(message) != message.Length - HeaderLength)
        {
            return false;
        }

        operation = (KeeperOperation)BinaryPrimitives.ReadUInt16LittleEndian(message[4..]);
        status = (KeeperAnswer)BinaryPrimitives.ReadUInt16LittleEndian(message[6..]);
        sequence = BinaryPrimitives.ReadUInt32LittleEndian(message[8..]);
        return true;
    }
}

/// <summary>A tenant is whoever things are held for: a container, by its id.</summary>
internal enum KeeperOperation : ushort
{
    /// <summary>text tenant; pidfd: what is held for it goes when that process has ended, and no longer with the engine's connection.</summary>
    Attend = 1,

    /// <summary>text tenant, port; perhaps a socket that is bound already → u16 port</summary>
    Hold = 2,

    /// <summary>text tenant, port (its target does not matter) →</summary>
    ReleasePort = 3,

    /// <summary>text tenant → ; all that is held for it</summary>
    Release = 4,

    /// <summary>text key, i32 length; file: the record of a <c>NameTable</c></summary>
    Table = 5,

    /// <summary>text key →</summary>
    ForgetTable = 6,

    /// <summary>text tenant, resolver; a UDP and a listening TCP socket, or neither: then those that are there go on otherwise</summary>
    Serve = 7,

    /// <summary>text tenant →</summary>
    StopServing = 8,

    /// <summary>text name; descriptors: held for the next engine</summary>
    Keep = 9,

    /// <summary>text name → ; copies of them</summary>
    Fetch = 10,

    /// <summary>text name →</summary>
    Drop = 11,

    /// <summary>i32 from which item → items, <see cref="KeeperItem.End"/></summary>
    List = 12,

    /// <summary>text tenant → flag attended, flag serves, resolver; copies of the pidfd and of both sockets, as the flags say</summary>
    Recall = 13,
}

/// <summary>Status of an answer.</summary>
internal enum KeeperAnswer : ushort
{
    Done = 0,

    /// <summary>i32 errno, text.</summary>
    Refused = 2,
}

/// <summary>What an item of the list is.</summary>
internal enum KeeperItem : byte
{
    /// <summary>i32 from which item the next page is to be asked for; -1: that was all</summary>
    End = 0,

    /// <summary>text id, flag attended, flag serves</summary>
    Tenant = 1,

    /// <summary>text tenant, port</summary>
    Port = 2,

    /// <summary>text key</summary>
    Table = 3,

    /// <summary>text name, i32 descriptors</summary>
    Kept = 4,
}
