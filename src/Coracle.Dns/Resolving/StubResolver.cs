using System.Net;

namespace Coracle.Dns;

/// <summary>
/// Turns a host name into addresses: literals, the hosts file, then the servers of resolv.conf. Both files are read again at
/// each call, since a device's network changes under it. Safe to share.
/// </summary>
/// <param name="readFile">The content of a host's file, or null where there is none; a few KiB at most.</param>
/// <remarks>getaddrinfo is banned: a static glibc's would load the host's NSS modules, built for another glibc.</remarks>
public sealed class StubResolver(Func<string, byte[]?> readFile, TimeProvider time)
{
    private const string Hosts = "/etc/hosts";

    private const string Configuration = "/etc/resolv.conf";

    /// <summary>How long addresses of one family wait for those of the other: some servers never answer for IPv6.</summary>
    private static readonly TimeSpan _otherFamily = TimeSpan.FromMilliseconds(300);

    private readonly NameServerClient _client = new(time);
    private int _questions;

    /// <returns>At least one address, those of IPv4 first.</returns>
    /// <exception cref="NameResolutionException">No such name, or no server that could say.</exception>
    public async Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host.AsSpan().Trim("[]"), out IPAddress? literal))
        {
            return [literal];
        }

        IReadOnlyList<IPAddress> local = HostsFile.Find(readFile(Hosts) ?? [], host);
        if (local.Count > 0)
        {
            return local;
        }

        // RFC 6761 section 6.3: never a question for a server.
        return host is "localhost" || host.EndsWith(".localhost", StringComparison.Ordinal)
            ? [IPAddress.Loopback, IPAddress.IPv6Loopback]
            : await AskAsync(host, ResolvConf.Parse(readFile(Configuration) ?? []), cancellationToken);
    }

    private async Task<IReadOnlyList<IPAddress>> AskAsync(string host, ResolvConf configuration, CancellationToken cancellationToken)
    {
        NameResolutionException? failure = null;
        foreach (string name in configuration.Candidates(host))
        {
            try
            {
                IReadOnlyList<IPAddress> addresses = await AskServersAsync(name, configuration, cancellationToken);
                if (addresses.Count > 0)
                {
                    return addresses;
                }
            }
            catch (NameResolutionException error)
            {
                failure ??= error;
            }
        }

        throw failure ?? new NameResolutionException($"lookup {host} on {configuration.Servers[0]}: no such host", isTemporary: false);
    }

    /// <returns>No addresses when a server says that there is no such name.</returns>
    private async Task<IReadOnlyList<IPAddress>> AskServersAsync(string name, ResolvConf configuration, CancellationToken cancellationToken)
    {
        string trouble = "";
        int first = configuration.Rotate ? Interlocked.Increment(ref _questions) & int.MaxValue : 0;
        for (int attempt = 0; attempt < configuration.Attempts; attempt++)
        {
            for (int i = 0; i < configuration.Servers.Count; i++)
            {
                IPEndPoint server = configuration.Servers[(int)(((long)first + i) % configuration.Servers.Count)];
                NameAnswer answer = await AskBothAsync(server, name, configuration.Timeout, cancellationToken);
                if (answer.Trouble is null)
                {
                    return answer.Addresses;
                }

                trouble = $"lookup {name} on {server}: {answer.Trouble}";
            }
        }

        throw new NameResolutionException(trouble, isTemporary: true);
    }

    private async Task<NameAnswer> AskBothAsync(IPEndPoint server, string name, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<NameAnswer> four = _client.AskAsync(server, name, DnsRecordType.A, timeout, enough.Token);
        Task<NameAnswer> six = _client.AskAsync(server, name, DnsRecordType.Aaaa, timeout, enough.Token);
        NameAnswer first = await await Task.WhenAny(four, six);
        if (first.Addresses.Count > 0)
        {
            await Task.WhenAny(Task.WhenAll(four, six), Task.Delay(_otherFamily, time, cancellationToken));
            await enough.CancelAsync();
        }

        // Some servers do not know AAAA at all; what one family found stands without the other.
        NameAnswer fourAnswer = await AnswerAsync(four), sixAnswer = await AnswerAsync(six);
        cancellationToken.ThrowIfCancellationRequested();
        return fourAnswer.Addresses.Count + sixAnswer.Addresses.Count > 0
            ? new NameAnswer([.. fourAnswer.Addresses, .. sixAnswer.Addresses], null)
            : new NameAnswer([], fourAnswer.Trouble ?? sixAnswer.Trouble);
    }

    private static async Task<NameAnswer> AnswerAsync(Task<NameAnswer> asking)
    {
        try
        {
            return await asking;
        }
        catch (OperationCanceledException)
        {
            return new NameAnswer([], "i/o timeout");
        }
    }
}
