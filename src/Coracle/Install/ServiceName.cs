namespace Coracle;

/// <summary>As whom the engine is installed: the names its callers expect.</summary>
/// <param name="Unit">Of the service and the socket, without their endings.</param>
/// <param name="Links">Names beside <c>coracle</c> that lead to it.</param>
internal sealed record ServiceName(string Name, string Unit, string EngineCommand, IReadOnlyList<string> Links, EngineDefaults Defaults)
{
    /// <exception cref="OptionsException">No engine is called so.</exception>
    public static ServiceName Parse(string name) => name switch
    {
        "coracle" or "coracled" => new("coracle", "coracle", "coracle daemon", [], EngineDefaults.For("coracle")),
        "dockerd" or "docker" => new("dockerd", "docker", "dockerd", ["dockerd", "docker"], EngineDefaults.For("dockerd")),
        "balenad" or "balena-engine" or "balena" => new(
            "balenad", "balena-engine", "balenad", ["balenad", "balena-engine-daemon", "balena-engine", "balena"], EngineDefaults.For("balenad")),
        _ => throw new OptionsException($"--name {name}: it is coracle, dockerd or balenad"),
    };
}
