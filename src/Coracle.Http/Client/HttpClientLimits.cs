namespace Coracle.Http;

/// <summary>What a server may make us hold. Time limits are the caller's token.</summary>
public sealed record HttpClientLimits
{
    public int MaxHeadBytes { get; init; } = 64 * 1024;

    /// <summary>Content networks in front of registries send many.</summary>
    public int MaxHeaders { get; init; } = 256;

    /// <summary>Interim (1xx) answers before the real one.</summary>
    public int MaxInterim { get; init; } = 16;

    /// <summary>How long a body waits for <c>100 Continue</c> from a server that may not know it (RFC 9110 §10.1.1).</summary>
    public TimeSpan ContinueTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How much of an answer nobody read is read to keep the connection; more is cheaper to hang up on.</summary>
    public int MaxDrainBytes { get; init; } = 64 * 1024;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
