using Microsoft.Extensions.Logging;

namespace Coracle.Core;

/// <summary>What every container of one engine shares.</summary>
/// <param name="Prepare">Makes files and launch spec of a container that is about to start. Blocking.</param>
public sealed record ContainerEnvironment(
    IContainerRuntime Runtime,
    ContainerRecords Records,
    Func<ContainerRecord, Runtime.LaunchSpec> Prepare,
    EventStream Events,
    TimeProvider Time,
    ILogger Logger)
{
    /// <summary>Another container of the same engine, by its id.</summary>
    public Func<string, Container>? FindContainer { get; set; }

    /// <summary>Makes the spec of an exec. Blocking.</summary>
    public Func<ContainerRecord, ExecConfig, Runtime.ExecSpec> PrepareExec { get; init; } = static (_, _) => throw new InvalidOperationException();

    /// <summary>Null where containers have none: in tests of the actor.</summary>
    public ContainerVolumes? Volumes { get; init; }

    /// <summary>Null where containers are on none: in tests of the actor. Set once, when there are networks.</summary>
    public IContainerNetworks? Networks { get; set; }

    /// <summary>A container runs on its networks from here on: who links it hears of its address. Blocking.</summary>
    public Action<string> TellLinked { get; set; } = static _ => { };
}
