using Coracle.Api;
using Coracle.Core;
using Coracle.Storage;
using Microsoft.Extensions.Logging;

namespace Coracle;

/// <summary>Makes the rooms and hands each what it needs. The only place that knows them all.</summary>
internal sealed class Composition : IAsyncDisposable
{
    private Composition(ApiDispatcher api) => Api = api;

    /// <summary>What answers requests.</summary>
    public ApiDispatcher Api { get; }

    public static Task<Composition> CreateAsync(EngineOptions options, Store store, ILogger logger)
    {
        ApiIdentity identity = new(options.ReportedVersion, Program.Version, options.Defaults.IsBalena);
        HostServices host = new()
        {
            Identity = identity,
            Facts = HostFactsReader.Read(options),
            Settings = SettingsOf(options),
            Time = TimeProvider.System,
            CountContainers = () => default,
            CountImages = () => store.Images.List().Count,
            CountListeners = () => 0,
            CheckLoginAsync = (_, _) => throw new EngineException(Refusal.NotImplemented, "logging in is not supported yet"),
        };
        ApiServices services = new(host, new ImageServices(), new ContainerServices());
        return Task.FromResult(new Composition(new ApiDispatcher(Routes.All(services), identity, logger)));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static EngineSettings SettingsOf(EngineOptions options) => new()
    {
        IsDebug = options.LogLevel == LogLevel.Debug,
        LogDriver = options.LogDriver,
        Labels = options.Labels,
        InsecureRegistries = options.InsecureRegistries,
        Mirrors = options.Mirrors,
    };
}
