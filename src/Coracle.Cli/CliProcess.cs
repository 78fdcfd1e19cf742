namespace Coracle.Cli;

/// <summary>What a command sees of the process it runs in: the composition root fills it, tests put streams of their own in.</summary>
/// <param name="Input">Standard input; read only where a command asks for it.</param>
/// <param name="Output">Standard output, unbuffered.</param>
/// <param name="Errors">Standard error, unbuffered.</param>
/// <param name="Environment">DOCKER_HOST, CORACLE_HOST, and whatever <c>run -e NAME</c> names.</param>
/// <param name="Name">What the program was called as: <c>coracle</c>, <c>docker</c>, <c>balena</c>. It stands in usage lines.</param>
public sealed record CliProcess(
    Stream Input,
    Stream Output,
    Stream Errors,
    bool InputIsTerminal,
    bool OutputIsTerminal,
    IReadOnlyDictionary<string, string> Environment,
    string Name,
    TimeProvider Time);
