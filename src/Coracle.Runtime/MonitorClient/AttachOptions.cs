namespace Coracle.Runtime;

/// <summary>Which of the container's streams one attached client wants.</summary>
public sealed record AttachOptions(bool Stdin, bool Stdout, bool Stderr);
