namespace Coracle.Runtime;

/// <summary>Which of the container's streams one attached client wants.</summary>
/// <param name="SinceLog">From where the log ends, to the byte: <see cref="AttachedStream.LogEnd"/> says where that is.</param>
public sealed record AttachOptions(bool Stdin, bool Stdout, bool Stderr, bool SinceLog = false);

/// <summary>A place between two lines of a rotated log.</summary>
/// <param name="Inode">Of the file being written; 0 when there is no log.</param>
public readonly record struct LogPosition(ulong Inode, long Offset);
