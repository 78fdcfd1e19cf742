using System.Text;
using Coracle.Linux;

namespace Coracle;

/// <summary>Makes steps true in a root, or takes them away. A step that is true already does nothing, so any number of cut-off runs is finished by one more.</summary>
/// <param name="root">Borrowed.</param>
/// <param name="program">The bytes of this file.</param>
/// <param name="force">Whether what an operator has edited is replaced or removed all the same.</param>
/// <param name="dryRun">Whether only the outcome is worked out.</param>
internal sealed class Installation(DirectoryHandle root, byte[] program, bool force, bool dryRun)
{
    /// <summary>Octal 0755.</summary>
    private const int ProgramMode = 0x1ED;

    /// <summary>Octal 0644.</summary>
    private const int TextMode = 0x1A4;

    private const int MaxProgramBytes = 64 * 1024 * 1024;
    private const int MaxTextBytes = 1024 * 1024;

    public InstallOutcome Apply(InstallStep step)
    {
        InstalledFile file = new(root, step.Path);
        return step switch
        {
            InstallStep.Program => Write(file, file.TryRead(MaxProgramBytes), program, ProgramMode),
            InstallStep.Link link => MakeLink(file, link),
            InstallStep.OwnedFile owned => WriteOwned(file, owned),
            InstallStep.FirstConfiguration first => file.Exists ? InstallOutcome.Unchanged : Write(file, null, Encoding.UTF8.GetBytes(first.Text), TextMode),
            InstallStep.Group group => AddGroup(file, group.Name),
            _ => throw new InvalidOperationException($"a step of no kind: {step}"),
        };
    }

    public InstallOutcome Undo(InstallStep step)
    {
        InstalledFile file = new(root, step.Path);
        if (!file.Exists)
        {
            return InstallOutcome.Unchanged;
        }

        switch (step)
        {
            case InstallStep.FirstConfiguration or InstallStep.Group:
                return InstallOutcome.Left;
            case InstallStep.Link link when file.TryReadLink() != link.Target:
                return InstallOutcome.KeptForeign;
            case InstallStep.OwnedFile when !force && !MarkedText.IsUnedited(file.TryRead(MaxTextBytes)):
                return InstallOutcome.KeptEdited;
            default:
                Unless(dryRun, file.Remove);
                return InstallOutcome.Removed;
        }
    }

    private InstallOutcome WriteOwned(InstalledFile file, InstallStep.OwnedFile owned)
    {
        byte[]? there = file.TryRead(MaxTextBytes);
        byte[] wanted = MarkedText.Write(owned.Text);
        return there is not null && !force && !MarkedText.IsUnedited(there) ? InstallOutcome.KeptEdited : Write(file, there, wanted, owned.Mode);
    }

    private InstallOutcome Write(InstalledFile file, byte[]? there, byte[] wanted, int mode)
    {
        if (there is not null && there.AsSpan().SequenceEqual(wanted))
        {
            return InstallOutcome.Unchanged;
        }

        Unless(dryRun, () => file.Replace(wanted, mode));
        return there is null ? InstallOutcome.Made : InstallOutcome.Replaced;
    }

    private InstallOutcome MakeLink(InstalledFile file, InstallStep.Link link)
    {
        if (file.Exists)
        {
            return file.TryReadLink() == link.Target ? InstallOutcome.Unchanged : InstallOutcome.KeptForeign;
        }

        Unless(dryRun, () => file.Link(link.Target));
        return InstallOutcome.Made;
    }

    private InstallOutcome AddGroup(InstalledFile file, string name)
    {
        byte[]? groups = file.TryRead(GroupFile.MaxBytes);
        if (groups is not null && GroupFile.Has(groups, name))
        {
            return InstallOutcome.Unchanged;
        }

        byte[] wanted = GroupFile.With(groups, name);
        if (groups is null)
        {
            return Write(file, null, wanted, TextMode);
        }

        Unless(dryRun, () =>
        {
            // The shadow first: a group with a line only there is no group yet, and the next run goes on from it.
            InstalledFile shadow = new(root, GroupFile.ShadowPath);
            if (shadow.TryRead(GroupFile.MaxBytes) is { } lines)
            {
                shadow.Rewrite(GroupFile.ShadowWith(lines, name));
            }

            file.Rewrite(wanted);
        });
        return InstallOutcome.Made;
    }

    private static void Unless(bool condition, Action act)
    {
        if (!condition)
        {
            act();
        }
    }
}
