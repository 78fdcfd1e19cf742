using System.Diagnostics;
using System.Text.Json;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.RootTests.Linux;

/// <summary>A network namespace that nothing but this object keeps; what is in it goes with it.</summary>
internal sealed class NetworkSpace : IDisposable
{
    private NetworkSpace(SafeFileHandle handle)
    {
        Handle = handle;
        Route = RouteSocket.OpenIn(handle);
    }

    public SafeFileHandle Handle { get; }

    public RouteSocket Route { get; }

    public static NetworkSpace Create()
    {
        SafeFileHandle? handle = null;
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(() => // a thread of its own, which ends in there
        {
            Assert.Equal(0, LibC.unshare(Abi.CLONE_NEWNET));
            handle = NamespaceVisit.Open("/proc/thread-self/ns/net");
        }));
        thread.Start();
        thread.Join();
        Assert.Null(failure);
        return new NetworkSpace(handle!);
    }

    public static MacAddress Mac(string text) => MacAddress.TryParse(text, out MacAddress address) ? address : throw new FormatException(text);

    /// <summary>A program in there; it must succeed.</summary>
    public string Run(params string[] command)
    {
        var start = new ProcessStartInfo("nsenter", [$"--net=/proc/{Environment.ProcessId}/fd/{Handle.DangerousGetHandle()}", .. command]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, string.Join(' ', command));
        return output;
    }

    /// <summary>What iproute2 sees: <c>ip -j -d …</c>.</summary>
    public List<JsonElement> Ip(params string[] command)
        => [.. JsonDocument.Parse(Run(["ip", "-j", "-d", .. command])).RootElement.EnumerateArray().Where(row => row.EnumerateObject().Any())];

    public void AssertEmpty() => Assert.Equal("lo", Assert.Single(Route.Links()).Name);

    public void Dispose()
    {
        Route.Dispose();
        Handle.Dispose();
    }
}
