namespace Coracle.Linux;

/// <summary>A step in words: for tests that look at a plan, and for the message when it fails.</summary>
public sealed class LaunchStepWords(LaunchStepKind kind, string subject)
{
    public LaunchStepKind Kind { get; } = kind;

    /// <summary>What it is done to or with; may be empty.</summary>
    public string Subject { get; } = subject;

    public override string ToString() => Subject.Length == 0 ? NameOf(Kind) : $"{NameOf(Kind)} {Subject}";

    // Enum.ToString would bring the reflection metadata of the enum into a program that counts every kilobyte.
    private static string NameOf(LaunchStepKind kind) => kind switch
    {
        LaunchStepKind.HideFromDebuggers => nameof(LaunchStepKind.HideFromDebuggers),
        LaunchStepKind.WriteFile => nameof(LaunchStepKind.WriteFile),
        LaunchStepKind.UnshareNamespaces => nameof(LaunchStepKind.UnshareNamespaces),
        LaunchStepKind.MountOn => nameof(LaunchStepKind.MountOn),
        LaunchStepKind.MoveDescriptor => nameof(LaunchStepKind.MoveDescriptor),
        LaunchStepKind.MoveStatusPipes => nameof(LaunchStepKind.MoveStatusPipes),
        LaunchStepKind.PivotRoot => nameof(LaunchStepKind.PivotRoot),
        LaunchStepKind.CloseDescriptorsFrom => nameof(LaunchStepKind.CloseDescriptorsFrom),
        LaunchStepKind.JoinNamespace => nameof(LaunchStepKind.JoinNamespace),
        LaunchStepKind.CloneSibling => nameof(LaunchStepKind.CloneSibling),
        LaunchStepKind.NewSession => nameof(LaunchStepKind.NewSession),
        LaunchStepKind.ControllingTerminal => nameof(LaunchStepKind.ControllingTerminal),
        LaunchStepKind.MountProc => nameof(LaunchStepKind.MountProc),
        LaunchStepKind.BindInProc => nameof(LaunchStepKind.BindInProc),
        LaunchStepKind.MaskInProc => nameof(LaunchStepKind.MaskInProc),
        LaunchStepKind.ReadOnlyInProc => nameof(LaunchStepKind.ReadOnlyInProc),
        LaunchStepKind.ReadOnlyRoot => nameof(LaunchStepKind.ReadOnlyRoot),
        LaunchStepKind.JoinSessionKeyring => nameof(LaunchStepKind.JoinSessionKeyring),
        LaunchStepKind.ResetScheduling => nameof(LaunchStepKind.ResetScheduling),
        LaunchStepKind.ResetSignals => nameof(LaunchStepKind.ResetSignals),
        LaunchStepKind.Umask => nameof(LaunchStepKind.Umask),
        LaunchStepKind.Limit => nameof(LaunchStepKind.Limit),
        LaunchStepKind.NoNewPrivileges => nameof(LaunchStepKind.NoNewPrivileges),
        LaunchStepKind.Seccomp => nameof(LaunchStepKind.Seccomp),
        LaunchStepKind.BoundingSet => nameof(LaunchStepKind.BoundingSet),
        LaunchStepKind.Groups => nameof(LaunchStepKind.Groups),
        LaunchStepKind.User => nameof(LaunchStepKind.User),
        LaunchStepKind.Capabilities => nameof(LaunchStepKind.Capabilities),
        LaunchStepKind.WorkingDirectory => nameof(LaunchStepKind.WorkingDirectory),
        LaunchStepKind.WorkingDirectoryAsUser => nameof(LaunchStepKind.WorkingDirectoryAsUser),
        LaunchStepKind.VerifyWorkingDirectory => nameof(LaunchStepKind.VerifyWorkingDirectory),
        LaunchStepKind.FindProgram => nameof(LaunchStepKind.FindProgram),
        LaunchStepKind.AwaitRelease => nameof(LaunchStepKind.AwaitRelease),
        LaunchStepKind.StayAsInit => nameof(LaunchStepKind.StayAsInit),
        LaunchStepKind.Execute => nameof(LaunchStepKind.Execute),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
