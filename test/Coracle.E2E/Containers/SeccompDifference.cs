using System.Globalization;

namespace Coracle.E2E;

/// <summary>
/// Where a filter of ours answers otherwise than the one of Debian's dockerd 20.10 (runc 1.1.5), and why. Ours is the table of Docker 29
/// (newer calls are known, io_uring is not for containers any more).
/// </summary>
/// <param name="Calls"><c>native 425-427</c>, <c>socket(0x28)</c>.</param>
/// <param name="Dockers">What dockerd's answers to them are.</param>
/// <param name="Settings">Of <see cref="SeccompComparisonTests"/>.</param>
/// <param name="DependsOnKernel">There are older kernels, and such without x32 or without int 0x80, on which nothing is to be seen of it.</param>
internal sealed record SeccompDifference(string Calls, FilterAnswer Dockers, FilterAnswer Ours, string[] Settings, string Why, bool DependsOnKernel = false)
{
    private static readonly string[] _filtered = ["default", "admin", "none", "no-new-privileges"];

    private static readonly string[] _notAdmin = ["default", "none", "no-new-privileges"];

    public static SeccompDifference[] All { get; } = IsX64() ?
    [
        new("native 303", FilterAnswer.Refused, FilterAnswer.LetThrough, _notAdmin, "name_to_handle_at: a handle opens nothing without CAP_DAC_READ_SEARCH"),
        new("native 310-311", FilterAnswer.Refused, FilterAnswer.LetThrough, _filtered, "process_vm_readv and _writev: as ptrace, which the kernel checks"),
        new("native 329-331", FilterAnswer.Refused, FilterAnswer.LetThrough, _filtered, "pkey_*: a process's own memory"),
        new("native 425-427", FilterAnswer.LetThrough, FilterAnswer.Refused, _filtered, "io_uring: Docker took it out in 25"),
        new("native 450", FilterAnswer.Unknown, FilterAnswer.Refused, _filtered, "set_mempolicy_home_node: known, and for CAP_SYS_NICE", DependsOnKernel: true),
        new("native 451-458", FilterAnswer.Unknown, FilterAnswer.LetThrough, _filtered, "cachestat, fchmodat2, futex_*, statmount, listmount: newer than 20.10", DependsOnKernel: true),
        new("native 459-461", FilterAnswer.Unknown, FilterAnswer.Refused, _notAdmin, "lsm_*: known, and for CAP_SYS_ADMIN", DependsOnKernel: true),
        new("native 459-461", FilterAnswer.Unknown, FilterAnswer.LetThrough, ["admin"], "lsm_*: known, and for CAP_SYS_ADMIN", DependsOnKernel: true),
        new("native 462-466", FilterAnswer.Unknown, FilterAnswer.LetThrough, _filtered, "mseal, *xattrat: newer than 20.10", DependsOnKernel: true),
        new("x32 303", FilterAnswer.Refused, FilterAnswer.Unknown, _notAdmin, "let through to a kernel without x32", DependsOnKernel: true),
        new("x32 329-331", FilterAnswer.Refused, FilterAnswer.Unknown, _filtered, "let through to a kernel without x32", DependsOnKernel: true),
        new("x32 425-427", FilterAnswer.Unknown, FilterAnswer.Refused, _filtered, "io_uring: Docker took it out in 25", DependsOnKernel: true),
        new("x32 451-480", FilterAnswer.Refused, FilterAnswer.Unknown, _filtered, "runc takes the calls that x32 has from 512 on for the newest", DependsOnKernel: true),
        new("x32 539-540", FilterAnswer.Refused, FilterAnswer.Unknown, _filtered, "let through to a kernel without x32", DependsOnKernel: true),
        new("i386 341", FilterAnswer.Refused, FilterAnswer.LetThrough, _notAdmin, "name_to_handle_at, as above", DependsOnKernel: true),
        new("i386 347-348", FilterAnswer.Refused, FilterAnswer.LetThrough, _filtered, "process_vm_readv and _writev, as above", DependsOnKernel: true),
        new("i386 380-382", FilterAnswer.Refused, FilterAnswer.LetThrough, _filtered, "pkey_*, as above", DependsOnKernel: true),
        new("i386 425-427", FilterAnswer.LetThrough, FilterAnswer.Refused, _filtered, "io_uring, as above", DependsOnKernel: true),
        new("i386 450", FilterAnswer.Unknown, FilterAnswer.Refused, _filtered, "set_mempolicy_home_node, as above", DependsOnKernel: true),
        new("i386 451-458", FilterAnswer.Unknown, FilterAnswer.LetThrough, _filtered, "newer than 20.10", DependsOnKernel: true),
        new("i386 459-461", FilterAnswer.Unknown, FilterAnswer.Refused, _notAdmin, "lsm_*, as above", DependsOnKernel: true),
        new("i386 459-461", FilterAnswer.Unknown, FilterAnswer.LetThrough, ["admin"], "lsm_*, as above", DependsOnKernel: true),
        new("i386 462-466", FilterAnswer.Unknown, FilterAnswer.LetThrough, _filtered, "newer than 20.10", DependsOnKernel: true),
        new("socket(0x26)", FilterAnswer.LetThrough, FilterAnswer.Refused, _filtered, "AF_ALG: Docker took it out in 29"),
        new("socket(0x28)", FilterAnswer.LetThrough, FilterAnswer.Refused, _filtered, "AF_VSOCK: Docker took it out in 23"),
        new("socket(0x100000026)", FilterAnswer.LetThrough, FilterAnswer.Refused, _filtered, "the same: the kernel looks at 32 bits of it"),
        new("socket(0x100000028)", FilterAnswer.LetThrough, FilterAnswer.Refused, _filtered, "the same"),
    ] : [];

    public bool Explains(string call, string docker, string coracle) => Covers(call) && AnswerOf(docker) == Dockers && AnswerOf(coracle) == Ours;

    private static bool IsX64()
        => System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.X64;

    private static FilterAnswer AnswerOf(string text) => text switch
    {
        "-1" => FilterAnswer.Refused,
        "-38" => FilterAnswer.Unknown,
        _ => FilterAnswer.LetThrough,
    };

    private bool Covers(string call)
    {
        string[] row = Calls.Split(' ', '-');
        string[] asked = call.Split(' ');
        if (row.Length == 1 || asked.Length == 1 || row[0] != asked[0])
        {
            return Calls == call;
        }

        int number = int.Parse(asked[1], CultureInfo.InvariantCulture);
        return number >= int.Parse(row[1], CultureInfo.InvariantCulture) && number <= int.Parse(row[^1], CultureInfo.InvariantCulture);
    }
}

/// <summary>As the program in the container sees it; what the kernel itself then says to a call that was let through may be anything.</summary>
internal enum FilterAnswer
{
    /// <summary>EPERM.</summary>
    Refused,

    /// <summary>ENOSYS.</summary>
    Unknown,
    LetThrough,
}
