namespace Coracle.Linux;

/// <summary>A resource of the running program, which is mapped already.</summary>
public static unsafe class MappedResource
{
    /// <returns>The resource's own bytes, not a copy; valid as long as the program.</returns>
    public static ReadOnlySpan<byte> Bytes(UnmanagedMemoryStream resource)
    {
        resource.Position = 0;

        // Safe because: the memory belongs to the program's image, not to the stream, and is never unmapped.
        return new ReadOnlySpan<byte>(resource.PositionPointer, checked((int)resource.Length));
    }
}
