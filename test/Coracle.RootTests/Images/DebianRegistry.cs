using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Coracle.RootTests.Images;

/// <summary>Debian's docker-registry on a free loopback port, with its data in a directory of its own; both gone at the end.</summary>
internal sealed class DebianRegistry : IAsyncDisposable
{
    private static readonly TimeSpan _patience = E2E.Patience.For(TimeSpan.FromSeconds(20));

    private readonly Process _process;

    private DebianRegistry(string directory, int port, Process process) => (Directory, Port, _process) = (directory, port, process);

    public string Directory { get; }

    public int Port { get; }

    public string Authority => $"127.0.0.1:{Port}";

    /// <param name="password">Of the user <c>me</c>; null lets everybody in.</param>
    public static async Task<DebianRegistry> StartAsync(string? password = null)
    {
        string directory = System.IO.Directory.CreateTempSubdirectory("coracle-registry-").FullName;
        int port = FreePort();
        StringBuilder config = new($$$"""
            version: 0.1
            log: {level: error}
            storage: {filesystem: {rootdirectory: {{{directory}}}/data}}
            http: {addr: "127.0.0.1:{{{port}}}"}

            """);
        if (password is not null)
        {
            await RunAsync("htpasswd", "-Bbc", directory + "/users", "me", password);
            config.Append($$$"""auth: {htpasswd: {realm: here, path: {{{directory}}}/users}}""");
        }

        await File.WriteAllTextAsync(directory + "/config.yml", config.ToString());
        ProcessStartInfo start = new("docker-registry") { RedirectStandardError = true, RedirectStandardOutput = true };
        start.ArgumentList.Add("serve");
        start.ArgumentList.Add(directory + "/config.yml");
        DebianRegistry registry = new(directory, port, Process.Start(start)!);
        await registry.WaitUntilItListensAsync();
        return registry;
    }

    /// <summary>Pushes an image of an OCI layout with skopeo, as other tools would have.</summary>
    public Task PushAsync(string layout, string name, params string[] options)
        => RunAsync("skopeo", ["copy", "--insecure-policy", "--dest-tls-verify=false", .. options, "oci:" + layout, $"docker://{Authority}/{name}"]);

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private async Task WaitUntilItListensAsync()
    {
        using CancellationTokenSource deadline = new(_patience);
        while (true)
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, Port, deadline.Token);
                return;
            }
            catch (SocketException) when (!_process.HasExited)
            {
                // There is no event to wait for in a program of others: ask again until the deadline.
                await Task.Delay(20, deadline.Token);
            }
        }
    }

    private static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program}: {errors}");
    }
}
