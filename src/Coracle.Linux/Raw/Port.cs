using System.Runtime.Intrinsics.Arm;

namespace Coracle.Linux;

/// <summary>The architectures whose kernel interface this engine speaks.</summary>
public enum CpuArchitecture
{
    X64,
    Arm64,
    Arm,
}

/// <summary>Which of them this program was compiled for.</summary>
/// <remarks>
/// IsSupported and sizeof are constants to the AOT compiler, so everything that is chosen by them folds away;
/// RuntimeInformation would be a call, and a string at that.
/// </remarks>
public static unsafe class Port
{
    public static bool IsArm64 => ArmBase.Arm64.IsSupported;

    /// <summary>32-bit ARM, EABI hard float. There is no NativeAOT for 32-bit x86.</summary>
    public static bool IsArm => sizeof(nint) == 4;

    public static CpuArchitecture Current => IsArm ? CpuArchitecture.Arm : IsArm64 ? CpuArchitecture.Arm64 : CpuArchitecture.X64;
}

/// <summary>A constant that the ports do not agree on; converts to the value of the running one.</summary>
/// <remarks>All three are kept so that a test on one machine can ask every port's C compiler about its own.</remarks>
internal readonly record struct PerPort(int X64, int Arm64, int Arm)
{
    public static implicit operator int(PerPort value) => Port.IsArm ? value.Arm : Port.IsArm64 ? value.Arm64 : value.X64;
}
