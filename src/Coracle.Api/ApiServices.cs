namespace Coracle.Api;

/// <summary>What the endpoints work on. The composition root makes it; each topic takes its own part.</summary>
public sealed record ApiServices(HostServices Host, ImageServices Images, ContainerServices Containers, Core.NetworkParts Networks);
