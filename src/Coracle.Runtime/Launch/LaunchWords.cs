using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>What went wrong, in the words that Docker's clients know: the engine's prefix, runc's sentence, the shim's <c>: unknown</c>.</summary>
/// <remarks>
/// Texts of dockerd 28 over runc 1.1 (20.10 lacks only "failed to create task for container"). The exit codes follow from the text, as
/// in Moby: 127 not found, 126 not executable, 128 the rest.
/// </remarks>
/// <param name="exec">Of a further process in a container that runs.</param>
internal sealed class LaunchWords(string program, IReadOnlyList<string> candidates, bool exec = false)
{
    private const string Start = "unable to start container process: ";

    private const string Prefix =
        "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: " + Start;

    private const string ExecPrefix = "OCI runtime exec failed: exec failed: ";

    private const string Suffix = ": unknown";

    private const string MaybeWrongKind =
        ": Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type";

    /// <summary>A failed step of the child.</summary>
    internal LaunchFailedException Explain(LaunchStepException failure)
    {
        string errno = ErrnoWords.Of(failure.Errno);
        return failure.Step.Kind switch
        {
            LaunchStepKind.FindProgram => Told(failure.Errno, $"exec: \"{program}\": {ProgramFaultWords(failure, errno)}"),
            LaunchStepKind.Execute => new LaunchFailedException(
                KindOfExecute(failure.Errno), (exec ? ExecPrefix + Start : "") + $"exec {ProgramOf(failure)}: {errno}" + (exec ? Suffix : "")),
            LaunchStepKind.WorkingDirectory or LaunchStepKind.WorkingDirectoryAsUser
                => Init(failure.Errno, $"chdir to cwd (\"{failure.Step.Subject}\") set in config.json failed: {errno}"),
            LaunchStepKind.VerifyWorkingDirectory
                => Init(failure.Errno, "current working directory is outside of container mount namespace root -- possible container breakout detected"),
            LaunchStepKind.Limit => Init(
                failure.Errno, $"error setting rlimits for ready process: error setting rlimit type {failure.Step.Subject.Split(' ')[0]}: {errno}"),
            LaunchStepKind.MountProc when failure.Errno is Errno.ENOTDIR or Errno.ELOOP
                => Init(Errno.EINVAL, "filesystem \"proc\" must be mounted on ordinary directory"),
            _ => Init(failure.Errno, $"{failure.Step}: {errno}"),
        };
    }

    /// <summary>Something that the monitor itself did for the container failed.</summary>
    internal static LaunchFailedException InitFailure(LinuxException failure)
        => InitFailure(failure.Errno, $"{failure.Call} {failure.Subject}: {ErrnoWords.Of(failure.Errno)}");

    internal static LaunchFailedException InitFailure(Errno errno, string words) => Failure(errno, Prefix, "error during container init: " + words);

    /// <summary>What the engine had to do between the process's making and its start.</summary>
    internal static LaunchFailedException SetupFailure(string words) => new(LaunchFailureKind.Other, Prefix + words + Suffix);

    /// <summary>A mount that was asked for.</summary>
    internal static LaunchFailedException MountFailure(string source, string target, LinuxException failure)
        => InitFailure(
            failure.Errno,
            $"error mounting \"{source}\" to rootfs at \"{target}\": {failure.Call} src={source}, dst={target}: {ErrnoWords.Of(failure.Errno)}");

    /// <summary>Something that was to be prepared for an exec.</summary>
    internal static LaunchFailedException ExecFailure(LinuxException failure)
        => Failure(failure.Errno, ExecPrefix + Start, $"{failure.Call} {failure.Subject}: {ErrnoWords.Of(failure.Errno)}");

    /// <summary>runc's own check, in its words.</summary>
    internal static LaunchFailedException RelativeDirectory()
        => Failure(Errno.EINVAL, ExecPrefix, "Cwd must be an absolute path");

    private LaunchFailedException Init(Errno errno, string words) => exec ? Told(errno, words) : InitFailure(errno, words);

    private LaunchFailedException Told(Errno errno, string words) => Failure(errno, exec ? ExecPrefix + Start : Prefix, words);

    private string ProgramOf(LaunchStepException failure)
        => failure.Detail >= 0 && failure.Detail < candidates.Count ? candidates[failure.Detail] : program;

    private string ProgramFaultWords(LaunchStepException failure, string errno) => failure.Fault switch
    {
        ProgramFault.NotInPath => "executable file not found in $PATH",
        ProgramFault.Stat => $"stat {program}: {errno}",
        _ => errno,
    };

    private static LaunchFailedException Failure(Errno errno, string prefix, string words) => new(
        errno switch
        {
            Errno.ENOENT or Errno.ENOTDIR => LaunchFailureKind.NotFound,
            Errno.EACCES or Errno.EISDIR => LaunchFailureKind.NotExecutable,
            _ => LaunchFailureKind.Other,
        },
        prefix + words + Suffix + (errno == Errno.ENOTDIR ? MaybeWrongKind : ""));

    // A program for another CPU is neither: clients look for status 500 and a text that ends in "exec format error".
    private static LaunchFailureKind KindOfExecute(Errno errno) => errno switch
    {
        Errno.ENOENT or Errno.ENOTDIR => LaunchFailureKind.NotFound,
        Errno.ENOEXEC => LaunchFailureKind.Other,
        _ => LaunchFailureKind.NotExecutable,
    };
}
