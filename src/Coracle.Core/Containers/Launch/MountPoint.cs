using Coracle.Wire;
using static Coracle.Wire.JsonFields;

namespace Coracle.Core;

/// <summary>
/// One mount of a container as it was decided at its creation: what an anonymous volume is called, what came from another container. Kept in
/// its record and never changed afterwards.
/// </summary>
public sealed class MountPoint
{
    public const string Bind = "bind";
    public const string Volume = "volume";
    public const string Tmpfs = "tmpfs";

    /// <summary>One of the three above.</summary>
    public string Kind { get; set; } = "";

    /// <summary>A volume's; empty until the volume is there when it has none of its own.</summary>
    public string Name { get; set; } = "";

    /// <summary>Of a bind: an absolute, clean host path.</summary>
    public string Source { get; set; } = "";

    /// <summary>An absolute, clean container path.</summary>
    public string Destination { get; set; } = "";

    /// <summary>What stood behind the last colon of a <c>-v</c>; Docker's <c>z</c> for a named volume that had nothing there.</summary>
    public string Mode { get; set; } = "";

    public bool ReadOnly { get; set; }

    /// <summary>Of a bind: <c>[r]private</c>, <c>[r]shared</c> or <c>[r]slave</c>.</summary>
    public string Propagation { get; set; } = "";

    /// <summary>Nobody gave it a name: <c>docker rm -v</c> and <c>--rm</c> remove the volume.</summary>
    public bool Anonymous { get; set; }

    /// <summary>The image's files are not copied into it. Also of a volume that comes from another container.</summary>
    public bool NoCopy { get; set; }

    /// <summary>Of a volume: what of it is mounted.</summary>
    public string Subpath { get; set; } = "";

    /// <summary>Of a bind: without the mounts below the source.</summary>
    public bool NonRecursive { get; set; }

    /// <inheritdoc cref="BindOptions.ReadOnlyNonRecursive"/>
    public bool ReadOnlyNonRecursive { get; set; }

    /// <inheritdoc cref="BindOptions.ReadOnlyForceRecursive"/>
    public bool ReadOnlyForceRecursive { get; set; }

    /// <summary>A bind's missing source is made, as <c>-v</c> always did; <c>--mount</c> wants it there.</summary>
    public bool SourceMustExist { get; set; }

    /// <summary>Of a tmpfs: as <c>--tmpfs</c> spells them.</summary>
    public string TmpfsWords { get; set; } = "";

    /// <summary>Of a volume that may have to be made; not kept: the volume has it.</summary>
    public string Driver { get; set; } = "";

    /// <inheritdoc cref="Driver"/>
    public IReadOnlyDictionary<string, string>? DriverOptions { get; set; }

    /// <inheritdoc cref="Driver"/>
    public IReadOnlyDictionary<string, string>? Labels { get; set; }

    public bool IsVolume => Kind == Volume;

    /// <summary>How container.json has it.</summary>
    internal static JsonTable<MountPoint> Table { get; } = new("mount", () => new MountPoint(),
    [
        Text<MountPoint>("kind", m => m.Kind, (m, v) => m.Kind = v),
        Text<MountPoint>("name", m => m.Name, (m, v) => m.Name = v, omitEmpty: true),
        Text<MountPoint>("source", m => m.Source, (m, v) => m.Source = v, omitEmpty: true),
        Text<MountPoint>("destination", m => m.Destination, (m, v) => m.Destination = v),
        Text<MountPoint>("mode", m => m.Mode, (m, v) => m.Mode = v, omitEmpty: true),
        Flag<MountPoint>("readOnly", m => m.ReadOnly, (m, v) => m.ReadOnly = v, omitFalse: true),
        Text<MountPoint>("propagation", m => m.Propagation, (m, v) => m.Propagation = v, omitEmpty: true),
        Flag<MountPoint>("anonymous", m => m.Anonymous, (m, v) => m.Anonymous = v, omitFalse: true),
        Flag<MountPoint>("noCopy", m => m.NoCopy, (m, v) => m.NoCopy = v, omitFalse: true),
        Text<MountPoint>("subpath", m => m.Subpath, (m, v) => m.Subpath = v, omitEmpty: true),
        Flag<MountPoint>("nonRecursive", m => m.NonRecursive, (m, v) => m.NonRecursive = v, omitFalse: true),
        Flag<MountPoint>("readOnlyNonRecursive", m => m.ReadOnlyNonRecursive, (m, v) => m.ReadOnlyNonRecursive = v, omitFalse: true),
        Flag<MountPoint>("readOnlyForceRecursive", m => m.ReadOnlyForceRecursive, (m, v) => m.ReadOnlyForceRecursive = v, omitFalse: true),
        Flag<MountPoint>("sourceMustExist", m => m.SourceMustExist, (m, v) => m.SourceMustExist = v, omitFalse: true),
        Text<MountPoint>("tmpfs", m => m.TmpfsWords, (m, v) => m.TmpfsWords = v, omitEmpty: true),
    ]);

    /// <summary>The same mount for another container (<c>--volumes-from</c>).</summary>
    internal MountPoint Lend(bool readOnly)
    {
        var lent = (MountPoint)MemberwiseClone();
        lent.ReadOnly |= readOnly;
        lent.NoCopy = true;
        return lent;
    }
}
