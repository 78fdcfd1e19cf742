namespace Coracle;

/// <summary>One thing that an installation consists of. A path begins with a slash and means the root that is installed to.</summary>
internal abstract record InstallStep(string Path)
{
    /// <summary>This very file, executable.</summary>
    public sealed record Program(string Path) : InstallStep(Path);

    /// <param name="Target">As it stands in the link.</param>
    public sealed record Link(string Path, string Target) : InstallStep(Path);

    /// <summary>A file of ours: a later installation replaces it, but not what an operator has made of it.</summary>
    public sealed record OwnedFile(string Path, string Text, int Mode) : InstallStep(Path);

    /// <summary>The operator's file: written when there is none, never touched again.</summary>
    public sealed record FirstConfiguration(string Path, string Text) : InstallStep(Path);

    /// <summary>A system group.</summary>
    public sealed record Group(string Name) : InstallStep(GroupFile.Path);
}

internal enum InstallOutcome
{
    Made,
    Replaced,
    Unchanged,
    Removed,

    /// <summary>Not ours to remove: the operator's configuration, the group.</summary>
    Left,

    /// <summary>A file of ours that somebody has changed since.</summary>
    KeptEdited,

    /// <summary>Somebody else's file has the name.</summary>
    KeptForeign,
}
