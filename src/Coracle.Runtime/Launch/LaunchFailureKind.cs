namespace Coracle.Runtime;

/// <summary>Why a container's process could not be started; each is one exit code of <c>docker run</c>.</summary>
public enum LaunchFailureKind : byte
{
    /// <summary>127: <c>executable file not found in $PATH</c>, <c>no such file or directory</c>.</summary>
    NotFound = 1,

    /// <summary>126: <c>permission denied</c>, <c>is a directory</c>.</summary>
    NotExecutable = 2,

    /// <summary>128: everything else.</summary>
    Other = 3,
}
