using System.Text;
using System.Text.Json;
using Coracle.Linux;
using Coracle.Oci;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Cli;

/// <summary>Creates what <c>run</c> and <c>create</c> ask for. An image that is not here is pulled first, unless <c>--pull</c> says otherwise.</summary>
internal sealed class ContainerCreation(Invocation invocation)
{
    private const int ReadableByAll = 0x1A4; // 0644

    /// <summary>Options that are no part of the body.</summary>
    private static readonly string[] _parameters = ["name", "platform"];

    private readonly ParsedArguments _arguments = invocation.Arguments;

    /// <returns>The id.</returns>
    public async Task<string> RunAsync(AttachedStreams streams)
    {
        string pull = _arguments.Value("pull") ?? "missing";
        if (pull is not ("always" or "missing" or "never" or ""))
        {
            throw new CliException($"invalid pull option: '{pull}': must be one of \"always\", \"missing\" or \"never\"");
        }

        byte[] body = CreateBody.Of(invocation, streams);
        ImageReference? image = ImageReference.TryParse(invocation.Words[0], out ImageReference? named, out string? problem) ? named.WithDefaultTag()
            : IsId(invocation.Words[0]) ? null
            : throw new CliException(problem ?? "invalid reference format");
        using SafeFileHandle? idFile = CreateIdFile();
        if (pull == "always" && image is not null)
        {
            await PullAsync(image);
        }

        string id = await CreateAsync(body, pull == "missing" ? image : null);
        if (idFile is not null)
        {
            RandomAccess.Write(idFile, Encoding.ASCII.GetBytes(id), 0);
        }

        return id;
    }

    /// <summary>An image's whole id is no reference, but names it all the same.</summary>
    private static bool IsId(string text) => text.StartsWith("sha256:", StringComparison.Ordinal) || text.Length == 64;

    private async Task<string> CreateAsync(byte[] body, ImageReference? missing)
    {
        try
        {
            return await PostAsync(body);
        }
        catch (EngineRefusedException refused) when (missing is not null && refused.Status == 404 && refused.Message.Contains("o such image", StringComparison.Ordinal))
        {
            if (!_arguments.Has("quiet"))
            {
                await invocation.Process.ComplainAsync($"Unable to find image '{missing.Familiar}' locally", invocation.CancellationToken);
            }

            await PullAsync(missing);
            return await PostAsync(body);
        }
    }

    private Task PullAsync(ImageReference image)
        => PullCommand.PullAsync(invocation, image, _arguments.Has("quiet"), isOnTerminal: false, invocation.Process.Errors, _arguments.Value("platform"));

    private async Task<string> PostAsync(byte[] body)
    {
        string query = string.Join('&', _parameters.Where(p => _arguments.Value(p) is { Length: > 0 }).Select(p => $"{p}={Uri.EscapeDataString(_arguments.Value(p)!)}"));
        string target = "/containers/create" + (query.Length > 0 ? "?" + query : "");
        JsonElement created = await invocation.Engine.PostAsync(target, body, invocation.CancellationToken);
        if (created.TryGetProperty("Warnings", out JsonElement warnings) && warnings.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement warning in warnings.EnumerateArray())
            {
                await invocation.Process.ComplainAsync("WARNING: " + warning.GetString(), invocation.CancellationToken);
            }
        }

        return created.GetProperty("Id").GetString()!;
    }

    /// <summary>Made before the container, so that two runs cannot both believe the file theirs.</summary>
    private SafeFileHandle? CreateIdFile()
    {
        if (_arguments.Value("cidfile") is not { Length: > 0 } file)
        {
            return null;
        }

        try
        {
            string path = Path.GetFullPath(file);
            using DirectoryHandle directory = DirectoryHandle.Open(Path.GetDirectoryName(path) ?? "/");
            return directory.CreateNew(Path.GetFileName(path), ReadableByAll);
        }
        catch (LinuxException taken) when (taken.Errno == Errno.EEXIST)
        {
            throw new CliException($"container ID file found, make sure the other container isn't running or delete {file}");
        }
        catch (LinuxException failure)
        {
            throw new CliException($"failed to create the container ID file: open {file}: {ErrnoWords.Of(failure.Errno).ToLowerInvariant()}");
        }
    }
}
