namespace Coracle.Oci;

/// <summary>What arrived is not what was promised: another length or another digest. The message is for the user.</summary>
public sealed class ContentMismatchException : IOException
{
    private ContentMismatchException(string message)
        : base(message)
    {
    }

    public static ContentMismatchException Size(Digest expected, long expectedBytes, long seenBytes)
        => new($"{expected}: unexpected size: want {expectedBytes} bytes, got {seenBytes}{(seenBytes > expectedBytes ? " or more" : "")}");

    public static ContentMismatchException Hash(Digest expected, Digest actual)
        => new($"filesystem layer verification failed for digest {expected}: got {actual}");

    /// <summary>The blob was the right one, but its uncompressed tar is not the layer the image's config names.</summary>
    public static ContentMismatchException Layer(DiffId expected, DiffId actual)
        => new($"layer {expected}: its uncompressed content is {actual}");
}
