using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>Descriptors under names. They are duplicates of its own; those of a name that comes again are closed.</summary>
internal sealed class KeptHandles : IDisposable
{
    private readonly Dictionary<string, SafeFileHandle[]> _all = [];

    public int Count => _all.Count;

    public string[] Names() => [.. _all.Keys];

    public KeyValuePair<string, SafeFileHandle[]>[] All() => [.. _all];

    public bool Has(string name) => _all.ContainsKey(name);

    /// <param name="descriptors">They stay the caller's.</param>
    public void Put(string name, IReadOnlyList<SafeFileHandle> descriptors) => Adopt(name, [.. descriptors.Select(LocalMessages.Duplicate)]);

    /// <param name="descriptors">They are this one's from now on.</param>
    public void Adopt(string name, SafeFileHandle[] descriptors)
    {
        _ = Remove(name);
        _all[name] = descriptors;
    }

    /// <returns>Whether there were any.</returns>
    public bool Remove(string name)
    {
        if (!_all.Remove(name, out SafeFileHandle[]? old))
        {
            return false;
        }

        Array.ForEach(old, descriptor => descriptor.Dispose());
        return true;
    }

    public void Dispose() => Array.ForEach(Names(), name => _ = Remove(name));
}
