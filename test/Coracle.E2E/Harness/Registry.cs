using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;

namespace Coracle.E2E;

/// <summary>Debian's docker-registry on a free loopback port, with a storage directory the tests can damage.</summary>
internal sealed class Registry : IAsyncDisposable
{
    private const int PortAttempts = 5;

    private readonly string _directory = Machine.NewDirectory();
    private readonly HttpClient _client = new();
    private Process? _process;

    public string Address { get; private set; } = "";

    /// <summary>What it stores: another registry may serve it as well.</summary>
    public string DataDirectory => Path.Combine(_directory, "data");

    public string LogPath => Path.Combine(_directory, "registry.log");

    public static async Task<Registry> StartAsync()
    {
        var registry = new Registry();
        for (int attempt = 1; !await registry.TryStartAsync(); attempt++)
        {
            Assert.True(attempt < PortAttempts, $"docker-registry does not start\n{await File.ReadAllTextAsync(registry.LogPath)}");
        }

        return registry;
    }

    /// <summary>The full name of an image here, as a client writes it.</summary>
    public string Reference(string name) => $"{Address}/{name}";

    /// <summary>The file that holds a blob's bytes.</summary>
    public string BlobFile(string digest)
    {
        string hex = digest["sha256:".Length..];
        return Path.Combine(_directory, "data/docker/registry/v2/blobs/sha256", hex[..2], hex, "data");
    }

    public async Task PutBlobAsync(string repository, string digest, byte[] content)
    {
        using HttpResponseMessage started = (await _client.PostAsync($"http://{Address}/v2/{repository}/blobs/uploads/", null)).EnsureSuccessStatusCode();
        Uri place = started.Headers.Location!;
        place = new Uri(new Uri($"http://{Address}"), place);
        var target = new Uri(place + (place.Query.Length == 0 ? "?" : "&") + "digest=" + Uri.EscapeDataString(digest));
        using HttpResponseMessage put = (await _client.PutAsync(target, new ByteArrayContent(content))).EnsureSuccessStatusCode();
    }

    public async Task PutManifestAsync(string repository, string tag, string mediaType, byte[] content)
    {
        using var body = new ByteArrayContent(content);
        body.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        using HttpResponseMessage put = await _client.PutAsync($"http://{Address}/v2/{repository}/manifests/{tag}", body);
        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private async Task<bool> TryStartAsync()
    {
        Address = $"127.0.0.1:{Machine.FreeLoopbackPort()}";
        string configuration = Path.Combine(_directory, "config.yml");
        await File.WriteAllTextAsync(configuration, $"""
            version: 0.1
            log: {"{level: warn, accesslog: {disabled: true}}"}
            storage:
              filesystem: {"{rootdirectory: " + DataDirectory + "}"}
              delete: {"{enabled: true}"}
            http: {"{addr: \"" + Address + "\"}"}
            """);
        string program = Machine.Find("docker-registry", "/usr/bin/docker-registry");
        var info = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        foreach (string argument in (string[])["-c", "exec \"$1\" serve \"$2\" </dev/null >>\"$3\" 2>&1", "sh", program, configuration, LogPath])
        {
            info.ArgumentList.Add(argument);
        }

        _process = Process.Start(info)!;
        await Deadline.HoldsAsync("the registry's answer", async () => _process.HasExited || await AnswersAsync(), () => LogPath);
        return !_process.HasExited;
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using HttpResponseMessage answer = await _client.GetAsync($"http://{Address}/v2/");
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
