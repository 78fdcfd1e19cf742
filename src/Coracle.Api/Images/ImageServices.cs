using Coracle.Core;
using Microsoft.Extensions.Logging;

namespace Coracle.Api;

/// <summary>What the image endpoints work on.</summary>
public sealed record ImageServices(ImageParts Parts, ILogger Logger);
