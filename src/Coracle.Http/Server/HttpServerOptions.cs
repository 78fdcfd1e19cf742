namespace Coracle.Http;

/// <summary>The bounds of a server. What a client can make us hold is the product of these and of nothing else.</summary>
public sealed record HttpServerOptions
{
    /// <summary>Request line and header fields together. X-Registry-Config of a build with many logins is the largest seen.</summary>
    public int MaxHeadBytes { get; init; } = 64 * 1024;

    public int MaxHeaders { get; init; } = 128;

    /// <summary>
    /// Of all listeners together. A client above it takes the place of the connection that has longest been without a request under
    /// way; where all are busy it waits for the first of them, and those after it in the listener's backlog.
    /// </summary>
    public int MaxConnections { get; init; } = 1024;

    /// <summary>From a head's first byte to its last. An idle connection may stay for ever, as with Docker, unless its place is needed.</summary>
    public TimeSpan HeadTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long a body that is wanted whole may bring nothing, and how long dropping one may take. A body that is streamed (an image, a container's
    /// input) waits for its client as long as that lives, as with Docker.
    /// </summary>
    public TimeSpan BodyTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How much of a body that nobody wanted is read to keep the connection; Go's server reads as much.</summary>
    public int MaxDrainBytes { get; init; } = 256 * 1024;

    /// <summary>After an answer to a request that was not read to its end: how long we wait for the client to have read it.</summary>
    public TimeSpan LingerTimeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How often a client that has ended its sending, and may still be reading, is looked for.</summary>
    public TimeSpan HalfClosedPoll { get; init; } = TimeSpan.FromSeconds(1);

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How long requests under way may go on when the server stops.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(2);
}
