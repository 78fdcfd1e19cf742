namespace Coracle.E2E;

/// <summary>kill -9 of the engine in the middle of what changes networks: nothing of it is left, and whoever runs keeps its connections.</summary>
[Trait("Engine", "coracle")] // dockerd leaves links, rules and addresses that it finds taken afterwards
public sealed class NetworkKillTests : IAsyncLifetime
{
    private const int KeptPort = 8080;
    private const int LongRounds = 200;

    private NetworkHost _host = null!;
    private Wire _wire = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await NetworkHost.StartAsync(PortHost.IPv6Options);
        _wire = await Wire.OnAsync(_host);
        await _host.Docker.SayAsync("network", "create", "--ipv6", "--subnet", "fd00:81::/64", "front");
        await _host.Docker.SayAsync("network", "create", "back");
        await _wire.ServeAsync("kept", "80", "--network", "front", "-p", $"{KeptPort}:80", "-p", $"{KeptPort}:80/udp");
        await _host.Docker.SayAsync("network", "connect", "back", "kept");
    }

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Any_verb_is_done_or_not_nothing_leaks_and_connections_go_on()
    {
        NetworkVerbs verbs = new(_host);
        IReadOnlyList<EngineVerb> all = verbs.All();
        Dictionary<string, int> usual = await MeasureAsync(verbs);
        await _host.Engine.KillAsync();
        await _host.Engine.StartAgainAsync(); // which writes the rules in the order of the networks' names, as every start does
        HostFacts before = await _host.FactsAsync();
        await using Command outside = await _wire.HoldAsync("tcp", NetworkHost.Address, KeptPort);
        await using Command outside6 = await _wire.HoldAsync("tcp", NetworkHost.AddressIPv6, KeptPort);
        await using Command flow = await _wire.HoldAsync("udp", NetworkHost.Address, KeptPort);
        int seed = Environment.TickCount;
        Random random = new(seed);
        int rounds = Figures.Rounds(all.Count, LongRounds);
        for (int round = 0; round < rounds; round++)
        {
            EngineVerb verb = all[round % all.Count];
            int moment = random.Next(usual[verb.Name] + 1);
            try
            {
                await CutAsync(verb, moment);
                await verbs.IsTrueAsync(_wire);
                await verbs.CleanAsync();
                await NothingLeftAsync(before);
                await Wire.GoesOnAsync(outside);
                await Wire.GoesOnAsync(outside6);
                await Wire.GoesOnAsync(flow);
            }
            catch (Exception failed)
            {
                throw new InvalidOperationException($"round {round} (seed {seed}): {verb.Name}, killed after {moment} of {usual[verb.Name]} ms: {failed.Message}\n{_host.Engine.LogTail}", failed);
            }
        }

        Figures.Say($"{rounds} kills -9 during {all.Count} verbs of networks: links, addresses, routes, rules and ports as before each, three connections went on through all");
    }

    private async Task NothingLeftAsync(HostFacts before)
    {
        await _host.IsAsItWasAsync(before);
        foreach (string protocol in (string[])["tcp", "udp"])
        {
            Assert.Equal("bound", await _wire.BindAsync(protocol, "0.0.0.0", NetworkVerbs.Port));
            Assert.Equal("bound", await _wire.BindAsync(protocol, "::", NetworkVerbs.Port));
            Assert.Equal("bind: EADDRINUSE", await _wire.BindAsync(protocol, "0.0.0.0", KeptPort));
        }
    }

    /// <summary>How long each takes when nobody cuts it, in milliseconds.</summary>
    private static async Task<Dictionary<string, int>> MeasureAsync(NetworkVerbs verbs)
    {
        Dictionary<string, int> usual = [];
        foreach (EngineVerb verb in verbs.All())
        {
            await verb.Prepare();
            long start = Environment.TickCount64;
            await verb.Do();
            usual[verb.Name] = (int)(Environment.TickCount64 - start);
            await verbs.CleanAsync();
        }

        return usual;
    }

    private async Task CutAsync(EngineVerb verb, int milliseconds)
    {
        await verb.Prepare();
        Task doing = verb.Do();
        await Task.Delay(milliseconds); // the random moment itself
        await _host.Engine.KillAsync();
        await _host.Engine.StartAgainAsync(); // first: a client that tries again waits in the listener that the keeper holds

        // Whether it was done, the next engine says: asked a second time by .NET's client, it may answer that it was done already.
        await doing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
