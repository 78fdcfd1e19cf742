namespace Coracle.E2E;

/// <summary>
/// One container changes what another is being made of (CVE-2021-30465 and its like): the two names are exchanged some hundred thousand times
/// a second while containers start. Some starts fail; none may reach anything outside.
/// </summary>
public sealed class SecurityRaceTests(Stage stage) : EngineTest(stage)
{
    private const int ShortRounds = 25;

    private const int LongRounds = 200;

    private static int Rounds => System.Environment.GetEnvironmentVariable("CORACLE_E2E_LONG") is "1" ? LongRounds : ShortRounds;

    [Theory]
    [InlineData("-v", "race-deep:/s/a/deep")]
    [InlineData("--tmpfs", "/s/a/deep")]
    [InlineData("-w", "/s/a/deep")]
    [InlineData("--mount", "type=volume,src=race-deep,dst=/s/a")]
    [Trait("Engine", "coracle")] // Debian's runc 1.1.5 makes the target outside
    public async Task A_target_that_is_exchanged_for_a_link_never_leads_out(string option, string value)
    {
        string outside = Directory.CreateDirectory($"{Engine.Root}/race-{Name()}").FullName;
        string volume = "race-" + Name();
        string swapper = await SwapAsync(volume, $"mkdir /s/a; ln -s ../../../../../../../../../../../..{outside} /s/b", "/s/a", "/s/b");
        string[] mounts = Processes.MountsBelow(outside);
        int started = 0;
        for (int i = 0; i < Rounds; i++)
        {
            CommandResult run = await RunAsync("-v", volume + ":/s", option, value, App, "cat", "/proc/self/mountinfo");
            started += run.ExitCode == 0 ? 1 : 0;
            Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
            Assert.Equal(mounts, Processes.MountsBelow(outside));
        }

        await Docker.SayAsync("rm", "-f", swapper);
        Assert.True(started > 0, "not one container started: nothing was tried");
    }

    /// <summary>CVE-2025-31133: between the look at /dev/null and its use.</summary>
    [Fact]
    [Trait("Engine", "coracle")] // Debian's runc 1.1.5 loses this race
    public async Task Masks_stay_masks_while_dev_null_is_exchanged_for_a_link()
    {
        string volume = "race-" + Name();
        string swapper = await SwapAsync(
            volume, "mknod /s/null c 1 3; ln -s /proc/sys/kernel/core_pattern /s/other; mkdir /s/pts /s/shm /s/mqueue", "/s/null", "/s/other");
        for (int i = 0; i < Rounds; i++)
        {
            CommandResult run = await RunAsync("-v", volume + ":/dev", App, "sh", "-c", "cat /proc/keys /proc/timer_list | wc -c; [ -w /proc/sys/kernel/core_pattern ] && echo writable; echo end");
            if (run.ExitCode == 0)
            {
                Assert.Equal(["0", "end"], run.Lines);
            }
        }

        await Docker.SayAsync("rm", "-f", swapper);
    }

    /// <summary>CVE-2025-52565.</summary>
    [Fact]
    public async Task A_console_that_is_exchanged_for_a_link_is_bound_nowhere_else()
    {
        string volume = "race-" + Name();
        string swapper = await SwapAsync(
            volume, "echo > /s/console; ln -s ../proc/sys/kernel/core_pattern /s/other; mkdir /s/pts /s/shm /s/mqueue; mknod /s/null c 1 3", "/s/console", "/s/other");
        for (int i = 0; i < Rounds; i++)
        {
            CommandResult run = await RunAsync("-t", "-v", volume + ":/dev", App, "cat", "/proc/self/mountinfo");
            Assert.DoesNotContain(
                run.Output.Split('\n').Where(l => l.Contains(" - devpts ", StringComparison.Ordinal)).Select(l => l.Split(' ')[4]),
                place => !place.StartsWith("/dev/", StringComparison.Ordinal));
        }

        await Docker.SayAsync("rm", "-f", swapper);
    }

    private async Task<string> SwapAsync(string volume, string prepare, string first, string second)
    {
        (await RunAsync("-v", volume + ":/s", App, "sh", "-c", prepare)).Succeeds();
        string name = Name();
        await Docker.SayAsync(
            "run", "-d", "--network", "none", "--name", name, "-v", volume + ":/s", "-v", await Probe.MountAsync("swap", Engine), App, Probe.Inside + "/swap", first, second);
        await LogHoldsAsync(name, "ready");
        return name;
    }
}
