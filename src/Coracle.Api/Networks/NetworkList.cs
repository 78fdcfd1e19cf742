using Coracle.Core;

namespace Coracle.Api;

/// <summary>GET /networks</summary>
internal sealed class NetworkList(NetworkStore networks)
{
    public Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        NetworkFilter filter = NetworkFilter.Parse(request.Query("filters"));
        List<Network> shown = [.. networks.List().Where(filter.Shows)];
        bool withMembers = request.Version.IsBefore(28);
        return Task.FromResult(ApiResponse.Json(json =>
        {
            json.WriteStartArray();
            foreach (Network network in shown)
            {
                NetworkView.Write(json, network, request.Version, withMembers);
            }

            json.WriteEndArray();
        }));
    }
}

/// <summary>GET /networks/{id}; <c>verbose</c> shows services of a swarm, of which there are none.</summary>
internal sealed class NetworkInspect(NetworkStore networks)
{
    public Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        CheckVerbose(request.Query("verbose") ?? "");
        string term = request.Route["id"];
        Network network = networks.Get(term);
        if (request.Query("scope") is { Length: > 0 } scope && scope != network.Record.Scope)
        {
            throw new EngineException(Refusal.NotFound, $"network {term} not found");
        }

        return Task.FromResult(ApiResponse.Json(json => NetworkView.Write(json, network, request.Version, withMembers: true)));
    }

    private static void CheckVerbose(string verbose)
    {
        if (verbose is not ("" or "1" or "t" or "T" or "true" or "TRUE" or "True" or "0" or "f" or "F" or "false" or "FALSE" or "False"))
        {
            throw new EngineException(
                Refusal.InvalidArgument, $"invalid value for verbose: {verbose}: strconv.ParseBool: parsing \"{verbose}\": invalid syntax");
        }
    }
}
