using Coracle.Core;

namespace Coracle.Api;

/// <summary>What the container endpoints work on.</summary>
public sealed record ContainerServices(ContainerParts Parts, IImageCatalog Images, EventStream Events);
