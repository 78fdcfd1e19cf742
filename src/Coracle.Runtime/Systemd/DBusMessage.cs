using System.Buffers.Binary;
using System.Text;

namespace Coracle.Runtime;

internal enum DBusMessageKind
{
    Call = 1,
    Return = 2,
    Error = 3,
    Signal = 4,
}

/// <summary>Header fields; each may stand in a message once.</summary>
internal enum DBusField
{
    Path = 1,
    Interface = 2,
    Member = 3,
    ErrorName = 4,
    ReplySerial = 5,
    Destination = 6,
    Sender = 7,
    Signature = 8,
    UnixDescriptors = 9,
}

/// <summary>A message that has come in. Nothing in it is trusted: every length is held against what is there.</summary>
/// <param name="Name">The member of a signal, the name of an error; else empty.</param>
/// <param name="Sender">Whom a bus had it from, by its unique name; empty where there is no bus.</param>
/// <param name="Body">The arguments, as <paramref name="Signature"/> says.</param>
internal sealed record DBusMessage(DBusMessageKind Kind, uint ReplySerial, string Name, string Sender, string Signature, ReadOnlyMemory<byte> Body)
{
    /// <summary>What tells how long a message is.</summary>
    public const int HeadLength = 16;

    /// <summary>systemd's largest are lists of a unit's properties, some KiB each; the specification allows 128 MiB.</summary>
    private const int MostBytes = 1 << 20;

    private const int Alignment = 8;

    /// <param name="head">The first <see cref="HeadLength"/> bytes.</param>
    /// <returns>Bytes of the whole message.</returns>
    /// <exception cref="InvalidDataException">No message, or one that is too long.</exception>
    public static int LengthOf(ReadOnlySpan<byte> head)
    {
        if (head[0] != (byte)'l' || head[3] != 1)
        {
            throw new InvalidDataException("not a D-Bus message of version 1 in this machine's byte order");
        }

        uint body = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
        uint fields = BinaryPrimitives.ReadUInt32LittleEndian(head[12..]);
        return body <= MostBytes && fields <= MostBytes
            ? HeadLength + Aligned((int)fields) + (int)body
            : throw new InvalidDataException("a D-Bus message is too long");
    }

    /// <exception cref="InvalidDataException">A damaged one.</exception>
    public static DBusMessage Parse(ReadOnlyMemory<byte> message)
    {
        int fieldsEnd = HeadLength + BinaryPrimitives.ReadInt32LittleEndian(message.Span[12..]);
        var reader = new DBusReader(message.Span[..fieldsEnd], HeadLength);
        (uint serial, string member, string error, string sender, string signature) = (0, "", "", "", "");
        while (!reader.IsAtEnd)
        {
            reader.Align(Alignment);
            byte code = reader.Byte();
            string type = reader.Signature();
            string text = type is "s" or "o" ? reader.Text() : type == "g" ? reader.Signature() : "";
            uint number = type == "u" ? reader.UInt32() : 0;
            if (type is not ("s" or "o" or "g" or "u"))
            {
                throw new InvalidDataException("a D-Bus message with an unknown header field");
            }

            switch ((DBusField)code)
            {
                case DBusField.Member:
                    member = text;
                    break;
                case DBusField.ErrorName:
                    error = text;
                    break;
                case DBusField.ReplySerial:
                    serial = number;
                    break;
                case DBusField.Sender:
                    sender = text;
                    break;
                case DBusField.Signature:
                    signature = text;
                    break;
            }
        }

        return new DBusMessage(
            (DBusMessageKind)message.Span[1],
            serial,
            error.Length > 0 ? error : member,
            sender,
            signature,
            message[(HeadLength + Aligned(fieldsEnd - HeadLength))..]);
    }

    /// <summary>The first argument, when it is a string: an error's text.</summary>
    public string FirstText() => Signature.StartsWith('s') ? new DBusReader(Body.Span, 0).Text() : "";

    private static int Aligned(int length) => (length + Alignment - 1) / Alignment * Alignment;
}

/// <summary>Values of a message or its body, one after the other.</summary>
/// <param name="start">Where the first one is; alignment counts from the beginning of the bytes.</param>
internal ref struct DBusReader(ReadOnlySpan<byte> bytes, int start)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at = start;

    public readonly bool IsAtEnd => _at >= _bytes.Length;

    public byte Byte() => Take(1)[0];

    public uint UInt32()
    {
        Align(sizeof(uint));
        return BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));
    }

    public string Text() => Terminated(UInt32());

    public string Signature() => Terminated(Byte());

    public void Align(int to) => _ = Take((to - (_at % to)) % to);

    private string Terminated(uint length)
    {
        if (length >= (uint)_bytes.Length)
        {
            throw new InvalidDataException("a D-Bus message is damaged");
        }

        ReadOnlySpan<byte> text = Take((int)length + 1);
        return text[^1] == 0 ? Encoding.UTF8.GetString(text[..^1]) : throw new InvalidDataException("a D-Bus message is damaged");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - _at)
        {
            throw new InvalidDataException("a D-Bus message is damaged");
        }

        ReadOnlySpan<byte> taken = _bytes.Slice(_at, count);
        _at += count;
        return taken;
    }
}
