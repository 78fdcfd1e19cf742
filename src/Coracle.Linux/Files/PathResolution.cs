namespace Coracle.Linux;

/// <summary>Who keeps an untrusted path inside its root.</summary>
internal enum PathResolution
{
    /// <summary>openat2 where the kernel has it (5.6), else the walker.</summary>
    BestOfKernel,

    /// <summary>Component by component, in <see cref="ConfinedWalk"/>.</summary>
    Walker,
}
