using Coracle.Core;
using Coracle.Wire;

namespace Coracle.Api;

/// <summary>What a create said of networks in older versions, as today's; and what they did not know, forgotten.</summary>
internal static class NetworkGates
{
    private const string MacDeprecated
        = "The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead.";

    /// <returns>Warnings for the client.</returns>
    /// <exception cref="EngineException">400: more than that version could, or two answers to one question.</exception>
    public static IReadOnlyList<string> Apply(ContainerCreateRequest request, ApiVersion version)
    {
        if (!version.Adds(44) && request.Endpoints.Count > 1)
        {
            throw new EngineException(
                Refusal.InvalidArgument,
                $"Container cannot be created with multiple network endpoints: {string.Join(", ", request.Endpoints.Select(endpoint => endpoint.Network))}");
        }

        foreach (EndpointSettings settings in request.Endpoints.Select(endpoint => endpoint.Settings).OfType<EndpointSettings>())
        {
            settings.MacAddress = version.Adds(44) ? settings.MacAddress : "";
            settings.GatewayPriority = version.Adds(48) ? settings.GatewayPriority : 0;
        }

        return request.Config.MacAddress.Length > 0 ? MoveMacAddress(request, version) : [];
    }

    /// <summary>The container's address becomes its main endpoint's.</summary>
    private static string[] MoveMacAddress(ContainerCreateRequest request, ApiVersion version)
    {
        string address = request.Config.MacAddress, mode = request.HostConfig.NetworkMode;
        request.Config.MacAddress = "";
        bool hasEndpoint = mode is not ("host" or "none") && !mode.StartsWith("container:", StringComparison.Ordinal);
        if (!hasEndpoint && version.IsBefore(44))
        {
            throw new EngineException(Refusal.InvalidArgument, "conflicting options: mac-address and the network mode");
        }

        if (hasEndpoint)
        {
            EndpointSettings main = MainEndpoint(request, mode, version);
            if (main.MacAddress.Length > 0 && main.MacAddress != address)
            {
                throw new EngineException(
                    Refusal.InvalidArgument,
                    "the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty");
            }

            main.MacAddress = address;
        }

        return version.IsBefore(44) ? [] : [MacDeprecated];
    }

    /// <summary>Made where there is none. Before 1.44 the only one was the main one, whatever it was called: by name or by id.</summary>
    private static EndpointSettings MainEndpoint(ContainerCreateRequest request, string mode, ApiVersion version)
    {
        string name = NameOf(mode);
        NamedEndpoint? main = request.Endpoints.FirstOrDefault(endpoint => NameOf(endpoint.Network) == name)
            ?? (request.Endpoints.Count == 1 && version.IsBefore(44) ? request.Endpoints[0] : null);
        if (main is null && request.Endpoints.Count > 0)
        {
            throw new EngineException(
                Refusal.InvalidArgument,
                "unable to migrate container-wide MAC address to a specific network: "
                + "HostConfig.NetworkMode must match the identity of a network in NetworkSettings.Networks");
        }

        if (main?.Settings is EndpointSettings settings)
        {
            return settings;
        }

        NamedEndpoint made = new(main?.Network ?? name, new EndpointSettings());
        request.Endpoints = [made];
        return made.Settings!;
    }

    private static string NameOf(string mode) => mode is "" or "default" ? "bridge" : mode;
}
