using System.Security.Cryptography;
using Coracle.Linux;
using Microsoft.Extensions.Logging;

namespace Coracle.Storage;

/// <summary>
/// Where everything is written before it is committed, and where it goes before it is removed. Whatever is in here when the
/// engine starts is nobody's, since leases live as long as the process that made them; but layers that can be gone on with
/// (<see cref="ResumableWrites"/>) wait for the next pull.
/// </summary>
internal sealed class Staging(DirectoryHandle directory, ILogger logger)
{
    private const int IdBytes = 8;

    /// <summary>staging/ itself.</summary>
    public DirectoryHandle Directory => directory;

    /// <summary>A directory of its own for one write.</summary>
    /// <param name="name">One by which it can be found again; null for any.</param>
    /// <inheritdoc cref="StagedDirectory"/>
    public StagedDirectory Create(string? name = null, Action? ended = null)
    {
        CrashPoint.Hit("staging:create");
        string id = name ?? NewId();
        return new StagedDirectory(this, id, directory.CreateDirectory(id), ended);
    }

    /// <summary>Two staged directories change their names, in one step.</summary>
    public void Exchange(string id, string other)
    {
        try
        {
            directory.Exchange(id, directory, other);
        }
        catch (LinuxException e) when (e.Errno is Errno.EINVAL)
        {
            // A file system that cannot: then for a moment nothing has the other name, and a kill just there costs what it stood for.
            string between = Rename(other);
            directory.Rename(id, other);
            directory.Rename(between, id);
        }
    }

    /// <summary>Gives a staged directory a name that nobody knows.</summary>
    /// <returns>That name.</returns>
    public string Rename(string id)
    {
        string other = NewId();
        directory.Rename(id, other);
        return other;
    }

    /// <summary>Makes something invisible in one step, then removes it: a crash never leaves half of it where it was.</summary>
    /// <returns>False when there is nothing of that name.</returns>
    public bool Remove(DirectoryHandle from, string name)
    {
        string? id = TakeOut(from, name);
        if (id is not null)
        {
            Discard(id);
        }

        return id is not null;
    }

    /// <summary>The first half of <see cref="Remove"/>: durably gone from where it was, still to be discarded.</summary>
    /// <returns>Its id here; null when there is nothing of that name.</returns>
    public string? TakeOut(DirectoryHandle from, string name)
    {
        string id = NewId();
        try
        {
            from.Rename(name, directory, id);
        }
        catch (LinuxException e) when (e.Errno == Errno.ENOENT)
        {
            return null;
        }

        CrashPoint.Hit("staging:taken");
        from.Sync();
        directory.Sync();
        CrashPoint.Hit("staging:removing");
        return id;
    }

    /// <summary>Removes what is staged under this id. A failure is reported and left to the next start.</summary>
    public void Discard(string id)
    {
        try
        {
            directory.RemoveTree(id);
        }
        catch (IOException e)
        {
            Log.RemovalFailed(logger, id, e);
        }
    }

    /// <summary>Start-up: no write of an earlier process goes on by itself, so all of them are removed.</summary>
    /// <param name="kept">Those that somebody may go on with.</param>
    public void Recover(params ReadOnlySpan<string> kept)
    {
        int count = 0;
        foreach (string id in directory.List())
        {
            if (!kept.Contains(id))
            {
                Discard(id);
                count++;
            }
        }

        if (count > 0)
        {
            Log.LeftoversRemoved(logger, count);
        }
    }

    private static string NewId() => RandomNumberGenerator.GetHexString(2 * IdBytes, lowercase: true);
}
