namespace Coracle.Runtime;

/// <summary>
/// What engine and monitor say to each other: docs/formats/monitor-protocol.md. A monitor lives as long as its container, so engines
/// of every later version must speak the versions that engines of every earlier one started.
/// </summary>
internal static class MonitorProtocol
{
    /// <summary>"CMON", little-endian.</summary>
    public const int Magic = 0x4E4F4D43;

    public const ushort LowestVersion = 1;

    /// <summary>The first that knows execs.</summary>
    public const ushort ExecVersion = 2;

#if MONITOR_PROTOCOL_FIRST
    public const ushort HighestVersion = 1;
#elif MONITOR_PROTOCOL_NEXT
    /// <summary>The first that knows <see cref="MonitorOperation.Describe"/>; its records have one field more.</summary>
    public const ushort DescribeVersion = 3;

    public const ushort HighestVersion = DescribeVersion;
#else
    public const ushort HighestVersion = 2;
#endif

    /// <summary>Both ways: the magic number and two version numbers.</summary>
    public const int HelloLength = 8;

    /// <summary>Length of what follows, operation, status, sequence number.</summary>
    public const int HeaderLength = 12;

    /// <summary>A request after its header: large things go through files.</summary>
    public const int MostRequestBytes = 244;

    /// <summary>An answer after its header: texts of failures are the longest.</summary>
    public const int MostAnswerBytes = 64 << 10;
}

internal enum MonitorOperation : ushort
{
    /// <summary>Reads the launch record and makes the process. → state</summary>
    Create = 1,

    /// <summary>Lets it execute. → state</summary>
    Start = 2,

    /// <summary>→ state</summary>
    State = 3,

    /// <summary>i32 signal →</summary>
    Signal = 4,
    Pause = 5,
    Resume = 6,

    /// <summary>u16 rows, u16 columns →</summary>
    Resize = 7,

    /// <summary>Answered when the process has ended. → exit record</summary>
    Wait = 8,

    /// <summary>u8 <see cref="AttachedStreams"/> → and from here on this connection is the container's streams.</summary>
    Attach = 9,

    /// <summary>text id: reads the file <c>exec-ID</c>, removes it, makes the process. → i32 pid</summary>
    ExecCreate = 10,

    /// <summary>text id: lets it execute →</summary>
    ExecStart = 11,

    /// <summary>text id, u8 <see cref="AttachedStreams"/> → and from here on this connection is the exec's streams.</summary>
    ExecAttach = 12,

    /// <summary>text id, u16 rows, u16 columns →</summary>
    ExecResize = 13,

    /// <summary>text id, i32 signal →</summary>
    ExecSignal = 14,

    /// <summary>text id: answered when the exec has ended. → i32 exit code</summary>
    ExecWait = 15,

#if MONITOR_PROTOCOL_NEXT
    /// <summary>→ text: which build it is.</summary>
    Describe = 16,
#endif
}

/// <summary>Status of an answer.</summary>
internal enum MonitorAnswer : ushort
{
    Done = 0,

    /// <summary>u8 <see cref="LaunchFailureKind"/>, text: the process cannot be made or started.</summary>
    LaunchFailed = 1,

    /// <summary>i32 errno, text.</summary>
    Refused = 2,
}

[Flags]
internal enum AttachedStreams : byte
{
    None = 0,
    Stdin = 1,
    Stdout = 2,
    Stderr = 4,

    /// <summary>The answer says where the log stood, and the stream begins with what of unfinished lines was not logged by then.</summary>
    SinceLog = 8,
}

/// <summary>
/// <code>
/// Fresh ── Create ──▶ Created ── Start ──▶ Running ── process ends ──▶ Ended ── output at its end ──▶ Leaving
///   └── engine gone ──────┴── engine gone, or start failed ──────────────────────────────────────────────▲
/// </code>
/// </summary>
internal enum MonitorPhase : byte
{
    Fresh = 0,
    Created = 1,
    Running = 2,

    /// <summary>The exit code is known, output may still be in the pipes.</summary>
    Ended = 3,
    Leaving = 4,
}

/// <summary>
/// <code>
/// Entering ── its last step ──▶ Ready ── ExecStart ──▶ Starting ── execve ──▶ Running ── process ends ──▶ Ended ── told, streams at their end ──▶ Gone
///    └── failed, or its engine gone ──┴── the same ──────┴── failed ─────────────────────────────────────────────────────────────▲
/// </code>
/// </summary>
internal enum ExecPhase : byte
{
    Entering,
    Ready,
    Starting,
    Running,
    Ended,
    Gone,
}
