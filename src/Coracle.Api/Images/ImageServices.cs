namespace Coracle.Api;

/// <summary>What the image endpoints work on.</summary>
public sealed record ImageServices;
