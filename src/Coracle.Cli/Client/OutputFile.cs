using Coracle.Linux;

namespace Coracle.Cli;

/// <summary>A file that a command writes: under another name until it is whole, so that a failure leaves nothing half done.</summary>
internal sealed class OutputFile : IAsyncDisposable
{
    private readonly DirectoryHandle _directory;
    private readonly string _name;
    private readonly string _temporary;
    private bool _isKept;

    private OutputFile(DirectoryHandle directory, string name)
    {
        _directory = directory;
        _name = name;
        _temporary = $".{name}.{Guid.NewGuid():n}";
        Stream = new FileHandleStream(directory.CreateNew(_temporary), writable: true);
    }

    public Stream Stream { get; }

    /// <param name="action">What has failed, should the directory not be there.</param>
    /// <exception cref="CliException">The directory is not there, or may not be written.</exception>
    public static OutputFile Open(string path, string action)
    {
        string whole = Path.GetFullPath(path);
        string parent = Path.GetDirectoryName(whole) ?? "/";
        try
        {
            DirectoryHandle directory = DirectoryHandle.Open(parent);
            return directory.TryStat(Path.GetFileName(whole), out FileStatus there) && there.Kind != FileKind.File
                ? throw new CliException($"{action}: invalid output path: \"{path}\" must be a regular file")
                : new OutputFile(directory, Path.GetFileName(whole));
        }
        catch (LinuxException failure)
        {
            throw new CliException($"{action}: invalid output path: stat {parent}: {ErrnoWords.Of(failure.Errno).ToLowerInvariant()}");
        }
    }

    /// <summary>It is whole: it takes its name when this is disposed.</summary>
    public void Keep() => _isKept = true;

    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync();
        if (_isKept)
        {
            _directory.Rename(_temporary, _name);
        }
        else
        {
            _directory.RemoveIfPresent(_temporary);
        }

        _directory.Dispose();
    }
}
