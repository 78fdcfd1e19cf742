using Coracle.Core;
using Coracle.Oci;
using Coracle.Wire;

namespace Coracle.Tests.Core;

/// <summary>Words and rules that clients parse.</summary>
public sealed class ContainerTextTests
{
    [Theory]
    [InlineData(0.4, "Less than a second")]
    [InlineData(1, "1 second")]
    [InlineData(59, "59 seconds")]
    [InlineData(60, "About a minute")]
    [InlineData(150, "2 minutes")]
    [InlineData(3600, "About an hour")]
    [InlineData(7200, "2 hours")]
    [InlineData(172800, "2 days")]
    [InlineData(1209600, "2 weeks")]
    [InlineData(7776000, "3 months")]
    [InlineData(94608000, "3 years")]
    public void Durations_are_rounded_as_Docker_rounds(double seconds, string text) => Assert.Equal(text, StatusText.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("x")]
    [InlineData("-boat")]
    [InlineData("a b")]
    [InlineData("../etc")]
    [InlineData("/")]
    public void Bad_names_are_refused_in_Dockers_words(string name)
        => Assert.Equal(
            $"Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed", Assert.Throws<EngineException>(() => ContainerName.Parse(name)).Message);

    [Fact]
    public void Generated_names_are_names()
    {
        for (int attempt = 0; attempt < 50; attempt++)
        {
            string name = ContainerName.Generate(attempt);
            Assert.Equal(name, ContainerName.Parse("/" + name));
        }
    }

    [Theory]
    [InlineData("KILL", 9)]
    [InlineData("SIGTERM", 15)]
    [InlineData("sigusr1", 10)]
    [InlineData("15", 15)]
    [InlineData("RTMIN+3", 37)]
    [InlineData("SIGRTMAX-1", 63)]
    public void Signals_are_known_by_name_and_number(string text, int number) => Assert.Equal(number, Signal.Parse(text).Number);

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("65")]
    [InlineData("-1")]
    [InlineData("NOSUCH")]
    [InlineData("RTMIN+40")]
    public void What_is_no_signal_is_refused(string text) => Assert.Throws<EngineException>(() => Signal.Parse(text));

    [Fact]
    public void The_images_command_and_environment_fill_what_the_client_left_open()
    {
        RunDefaults image = new() { Entrypoint = ["/entry"], Cmd = ["serve"], Env = ["A=1", "B=2"], WorkingDir = "/w", User = "app" };
        ContainerConfig merged = ConfigMerge.Merge(new ContainerConfig { Env = ["B=3"] }, image);
        Assert.Equal((["/entry"], ["serve"], ["B=3", "A=1"]), ((IEnumerable<string>)merged.Entrypoint!, (IEnumerable<string>)merged.Cmd!, (IEnumerable<string>)merged.Env!), Same);
        Assert.Equal(("/w", "app"), (merged.WorkingDir, merged.User));
    }

    private static bool Same(
        (IEnumerable<string>, IEnumerable<string>, IEnumerable<string>) left, (IEnumerable<string>, IEnumerable<string>, IEnumerable<string>) right)
        => left.Item1.SequenceEqual(right.Item1) && left.Item2.SequenceEqual(right.Item2) && left.Item3.SequenceEqual(right.Item3);

    [Fact]
    public void An_entrypoint_of_ones_own_drops_the_images_command()
    {
        ContainerConfig merged = ConfigMerge.Merge(new ContainerConfig { Entrypoint = ["sh"] }, new RunDefaults { Entrypoint = ["/e"], Cmd = ["x"] });
        Assert.Equal(["sh"], merged.Entrypoint);
        Assert.Null(merged.Cmd);
    }

    [Fact]
    public void Nothing_to_run_is_refused()
        => Assert.Equal("No command specified", Assert.Throws<EngineException>(() => ConfigMerge.Merge(new ContainerConfig(), new RunDefaults())).Message);

    [Fact]
    public void The_environment_is_in_Dockers_order()
    {
        ContainerConfig config = new() { Tty = true, Env = ["PATH=/bin", "X=1", "TERM"] };
        Assert.Equal(["PATH=/bin", "HOSTNAME=h", "X=1"], EnvironmentList.Build(config, "h"));
    }

    [Fact]
    public void A_policy_doubles_its_delay_up_to_a_minute_and_forgets_after_a_good_run()
    {
        RestartPolicy policy = new(RestartKind.Always, 0);
        TimeSpan delay = TimeSpan.Zero;
        List<double> delays = [];
        for (int i = 0; i < 12; i++)
        {
            delay = policy.Delay(1, false, i, TimeSpan.Zero, delay)!.Value;
            delays.Add(delay.TotalMilliseconds);
        }

        Assert.Equal([100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000], delays);
        Assert.Equal(100, policy.Delay(1, false, 12, TimeSpan.FromSeconds(10), delay)!.Value.TotalMilliseconds);
        Assert.Null(policy.Delay(1, stoppedByHand: true, 12, TimeSpan.Zero, delay));
        Assert.Null(new RestartPolicy(RestartKind.OnFailure, 2).Delay(1, false, 2, TimeSpan.Zero, delay));
        Assert.Null(new RestartPolicy(RestartKind.OnFailure, 0).Delay(0, false, 0, TimeSpan.Zero, TimeSpan.Zero));
    }
}
