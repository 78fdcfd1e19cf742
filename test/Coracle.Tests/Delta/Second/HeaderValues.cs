namespace Coracle.Tests.Delta.Second;

/// <summary>What a header says, as far as deltas say it otherwise.</summary>
internal sealed record HeaderValues(byte[] Name, byte[] Link, long Seconds, long Nanoseconds, long Mode, long Uid, long Gid, byte Type)
{
    /// <summary>Those of a header that cannot be read.</summary>
    public static HeaderValues None { get; } = new([], [], 0, 0, 0, 0, 0, 0);

    /// <summary>Whether a body belongs to this type, and so the size.</summary>
    public bool IsFile => Type is (byte)'0' or 0 or (byte)'7';
}
