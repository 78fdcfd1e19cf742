namespace Coracle.Cli;

/// <summary>The engine's error, in its own words.</summary>
internal sealed class EngineRefusedException(int status, string message) : Exception(message)
{
    public int Status => status;
}
