using Coracle.Oci;

namespace Coracle.Core;

/// <summary>What is to be pulled, for which machine, and as whom.</summary>
/// <param name="Platform">Null takes what fits this machine best.</param>
/// <param name="RegistryAuth">The client's X-Registry-Auth header as it came, or null: whoever it names is known to nobody else.</param>
public sealed record PullRequest(ImageReference Image, Platform? Platform, string? RegistryAuth)
{
    // A record's own ToString would print the password into the first log line that shows a request.
    public override string ToString() => Image.ToString();
}
