using static Coracle.Wire.JsonFields;

namespace Coracle.Wire;

/// <summary>The body of <c>POST /containers/{id}/exec</c>.</summary>
public sealed class ExecCreateRequest
{
    public IReadOnlyList<string>? Cmd { get; set; }

    public IReadOnlyList<string>? Env { get; set; }

    public string User { get; set; } = "";

    public string WorkingDir { get; set; } = "";

    public string DetachKeys { get; set; } = "";

    public bool Tty { get; set; }

    public bool Privileged { get; set; }

    public bool AttachStdin { get; set; }

    public bool AttachStdout { get; set; }

    public bool AttachStderr { get; set; }

    /// <summary>Rows and columns of the client's terminal; zeros when it did not say.</summary>
    public (long Height, long Width) ConsoleSize { get; set; }

    public static JsonTable<ExecCreateRequest> Table { get; } = new("ExecOptions", () => new ExecCreateRequest(),
    [
        Text<ExecCreateRequest>("User", e => e.User, (e, v) => e.User = v),
        Flag<ExecCreateRequest>("Privileged", e => e.Privileged, (e, v) => e.Privileged = v),
        Flag<ExecCreateRequest>("Tty", e => e.Tty, (e, v) => e.Tty = v),
        new JsonField<ExecCreateRequest>("ConsoleSize", (exec, element, reading, path) =>
        {
            if (HostConfigFields.TryReadSize(element, reading, path, out (long, long) size))
            {
                exec.ConsoleSize = size;
            }
        }, (_, _) => { }),
        Flag<ExecCreateRequest>("AttachStdin", e => e.AttachStdin, (e, v) => e.AttachStdin = v),
        Flag<ExecCreateRequest>("AttachStderr", e => e.AttachStderr, (e, v) => e.AttachStderr = v),
        Flag<ExecCreateRequest>("AttachStdout", e => e.AttachStdout, (e, v) => e.AttachStdout = v),
        Meaningless<ExecCreateRequest>("Detach"), // the start says so
        Text<ExecCreateRequest>("DetachKeys", e => e.DetachKeys, (e, v) => e.DetachKeys = v),
        Texts<ExecCreateRequest>("Env", e => e.Env, (e, v) => e.Env = v),
        Text<ExecCreateRequest>("WorkingDir", e => e.WorkingDir, (e, v) => e.WorkingDir = v),
        TextOrTexts<ExecCreateRequest>("Cmd", e => e.Cmd, (e, v) => e.Cmd = v),
    ]);
}

/// <summary>The body of <c>POST /exec/{id}/start</c>.</summary>
public sealed class ExecStartRequest
{
    public bool Detach { get; set; }

    public bool Tty { get; set; }

    /// <inheritdoc cref="ExecCreateRequest.ConsoleSize"/>
    public (long Height, long Width) ConsoleSize { get; set; }

    public static JsonTable<ExecStartRequest> Table { get; } = new("ExecStartOptions", () => new ExecStartRequest(),
    [
        Flag<ExecStartRequest>("Detach", e => e.Detach, (e, v) => e.Detach = v),
        Flag<ExecStartRequest>("Tty", e => e.Tty, (e, v) => e.Tty = v),
        new JsonField<ExecStartRequest>("ConsoleSize", (exec, element, reading, path) =>
        {
            if (HostConfigFields.TryReadSize(element, reading, path, out (long, long) size))
            {
                exec.ConsoleSize = size;
            }
        }, (_, _) => { }),
    ]);
}
