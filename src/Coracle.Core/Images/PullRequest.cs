using Coracle.Oci;
using Coracle.Registry;

namespace Coracle.Core;

/// <summary>What is to be pulled, for which machine, and as whom.</summary>
/// <param name="Platform">Null takes what fits this machine best.</param>
public sealed record PullRequest(ImageReference Image, Platform? Platform, RegistryCredentials Credentials);
