using System.Net;
using Coracle.Core;
using Coracle.Linux;
using Coracle.Runtime;

namespace Coracle.Tests.Core;

/// <summary>What the keeper would hold, and in which order it was asked for it.</summary>
internal sealed class FakeKeeper : IKeeper
{
    private readonly Lock _lock = new();

    public List<string> Asked { get; } = [];

    public Dictionary<string, byte[]> Tables { get; } = [];

    public Dictionary<string, ResolverSettings> Served { get; } = [];

    /// <summary>As <c>tcp 0.0.0.0:80</c>, and where it is spliced to.</summary>
    public Dictionary<string, string> Ports { get; } = [];

    /// <summary>By port: what the kernel says of it.</summary>
    public Dictionary<ushort, Exception> Refusals { get; } = [];

    /// <summary>The verb that fails, and how.</summary>
    public (string Verb, Exception Failure)? Fails { get; set; }

    /// <summary>Pushes wait for it.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Without one: what it held is gone.</summary>
    public bool IsThere { get; set; } = true;

    public Task<KeeperHoldings?> FindAsync(CancellationToken cancellationToken)
    {
        Note("find", "");
        KeeperTenant[] tenants = [.. Served.Select(pair => new KeeperTenant(pair.Key, true, pair.Value, []))];
        return Task.FromResult(IsThere ? new KeeperHoldings(tenants, [.. Tables.Keys], []) : null);
    }

    public Task AttendAsync(string container, int pid, CancellationToken cancellationToken) => Done("attend", $"{Name(container)} {pid}");

    public Task HoldAsync(string container, PortHold port, CancellationToken cancellationToken)
    {
        if (Refusals.GetValueOrDefault(port.At.Port) is { } refusal)
        {
            throw refusal;
        }

        Assert.True(Ports.TryAdd(Text(port), port.Target.Length == 0 ? "nowhere" : Text(port.Target)), "held twice");
        return Done("hold", Text(port));
    }

    public Task ReleasePortAsync(string container, PortHold port, CancellationToken cancellationToken)
    {
        Ports.Remove(Text(port));
        return Done("let go", Text(port));
    }

    public Task ReleaseAsync(string container, CancellationToken cancellationToken)
    {
        Served.Remove(container);
        return Done("release", Name(container));
    }

    public async Task PushTableAsync(string key, byte[] record, CancellationToken cancellationToken)
    {
        await Gate;
        Note("push", key);
        lock (_lock)
        {
            Tables[key] = record;
        }
    }

    public Task ForgetTableAsync(string key, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Tables.Remove(key);
        }

        return Done("forget", key);
    }

    public Task ServeAsync(string container, int pid, ResolverSettings settings, CancellationToken cancellationToken)
    {
        Note("serve", $"{Name(container)} {pid}");
        Served[container] = settings;
        return Task.CompletedTask;
    }

    public Task ChangeAsync(string container, ResolverSettings settings, CancellationToken cancellationToken)
    {
        if (!Served.ContainsKey(container))
        {
            throw new LinuxException("keeper", "sandbox", Errno.ENOENT);
        }

        Served[container] = settings;
        return Done("change", Name(container));
    }

    public int Count(string verb)
    {
        lock (_lock)
        {
            return Asked.Count(asked => asked == verb || asked.StartsWith(verb + " ", StringComparison.Ordinal));
        }
    }

    private static string Text(PortHold port) => $"{port.Protocol} {Text(port.At)}".ToLowerInvariant();

    private static string Text(InternetEndpoint endpoint)
        => new IPEndPoint(new IPAddress(endpoint.CopyTo(stackalloc byte[InternetEndpoint.V6Length])), endpoint.Port).ToString();

    /// <summary>Ids are long: the first digits tell them apart.</summary>
    private static string Name(string container) => container[..4];

    private Task Done(string verb, string what)
    {
        Note(verb, what);
        return Task.CompletedTask;
    }

    private void Note(string verb, string what)
    {
        lock (_lock)
        {
            Asked.Add($"{verb} {what}");
        }

        if (Fails is { } fails && fails.Verb == verb)
        {
            throw fails.Failure;
        }
    }
}
