using Coracle.Linux;
using Coracle.Runtime;

namespace Coracle.Core;

/// <summary>From whatever kept a process from starting to Docker's exit code, status and words.</summary>
internal static class StartFailure
{
    // What the runtime tells has Docker's words already.
    private const string Prefix = "failed to create task for container: ";

    public static (int ExitCode, EngineException Told) Explain(Exception failure) => failure switch
    {
        LaunchFailedException launch => (CodeOf(launch.Kind), new EngineException(RefusalOf(launch.Kind), launch.Message, launch)),
        EngineException refused => (128, refused),
        LinuxException linux => (128, new EngineException(Refusal.Failed, Prefix + linux.Message, linux)),
        OperationCanceledException => (128, new EngineException(Refusal.Unavailable, "the engine is shutting down", failure)),
        _ => (128, new EngineException(Refusal.Failed, Prefix + failure.Message, failure)),
    };

    private static int CodeOf(LaunchFailureKind kind) => kind switch
    {
        LaunchFailureKind.NotFound => 127,
        LaunchFailureKind.NotExecutable => 126,
        _ => 128,
    };

    // Docker blames the client for a program that is not there or not executable.
    private static Refusal RefusalOf(LaunchFailureKind kind)
        => kind is LaunchFailureKind.NotFound or LaunchFailureKind.NotExecutable ? Refusal.InvalidArgument : Refusal.Failed;
}
