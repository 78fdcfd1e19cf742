namespace Coracle.Core;

/// <summary>The refusal of an option that is known but not built yet: always 501, always by name, never silence.</summary>
public static class NotBuilt
{
    public static EngineException Option(string name)
        => new(Refusal.NotImplemented, $"{name} is not built yet in this version of Coracle");
}
