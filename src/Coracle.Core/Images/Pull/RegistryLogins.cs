using Coracle.Oci;
using Coracle.Registry;

namespace Coracle.Core;

/// <summary>Checks credentials for <c>docker login</c>. Nothing is kept: the client stores what it logged in with.</summary>
public sealed class RegistryLogins(RegistryClient registries)
{
    /// <returns>What the client keeps instead of the password; empty where the registry gives nothing of the kind.</returns>
    /// <exception cref="EngineException">401 where the registry does not take them, 500 where it cannot be asked.</exception>
    public async Task<string> CheckAsync(
        string server, string userName, string password, string identityToken, CancellationToken cancellationToken)
    {
        try
        {
            RegistryCredentials credentials = new() { Username = userName, Password = password, IdentityToken = identityToken };
            return await registries.LoginAsync(server, credentials, cancellationToken);
        }
        catch (RegistryException error)
        {
            throw new EngineException(error.Problem == RegistryProblem.Unauthorized ? Refusal.Unauthorized : Refusal.Failed, error.Message, error);
        }
        catch (OciFormatException error)
        {
            throw new EngineException(Refusal.InvalidArgument, error.Message, error);
        }
    }
}
