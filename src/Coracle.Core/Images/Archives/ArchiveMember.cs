using Coracle.Oci;

namespace Coracle.Core;

/// <summary>What an entry of an image archive turned out to be, by its bytes: its name says nothing that can be trusted.</summary>
internal abstract record ArchiveMember
{
    /// <summary>JSON: a manifest, an index, a config.</summary>
    /// <param name="Digest">Of these bytes.</param>
    internal sealed record Document(byte[] Bytes, Digest Digest) : ArchiveMember;

    /// <summary>A layer: it is in staging/ or has been here before.</summary>
    internal sealed record Layer(DiffId DiffId) : ArchiveMember;

    /// <summary>A symbolic or hard link to another entry, by the name it has in the archive.</summary>
    internal sealed record Link(string Target) : ArchiveMember;

    /// <summary>Neither; it matters only to whoever refers to it.</summary>
    /// <param name="Why">What is wrong with it, for the error then.</param>
    internal sealed record Unusable(string Why) : ArchiveMember;
}
