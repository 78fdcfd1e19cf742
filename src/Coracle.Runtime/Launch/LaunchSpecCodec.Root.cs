namespace Coracle.Runtime;

/// <summary>The root file system and what is mounted into it.</summary>
internal static partial class LaunchSpecCodec
{
    private static void Write(RecordWriter writer, RootFilesystem root)
    {
        writer.Texts(root.LowerDirectories);
        writer.Text(root.UpperDirectory);
        writer.Text(root.WorkDirectory);
        writer.Flag(root.Volatile);
        writer.Flag(root.ReadOnly);
    }

    private static RootFilesystem ReadRoot(ref RecordReader reader)
        => new(reader.Texts(), reader.Text(), reader.Text(), reader.Flag(), reader.Flag());

    private static void Write(RecordWriter writer, IReadOnlyList<BindMount> binds, IReadOnlyList<TmpfsMount> tmpfs)
    {
        writer.Int32(binds.Count);
        for (int i = 0; i < binds.Count; i++)
        {
            writer.Text(binds[i].Source);
            writer.Text(binds[i].Target);
            writer.Flag(binds[i].ReadOnly);
            writer.Flag(binds[i].Recursive);
        }

        writer.Int32(tmpfs.Count);
        for (int i = 0; i < tmpfs.Count; i++)
        {
            writer.Text(tmpfs[i].Target);
            writer.Text(tmpfs[i].Options);
        }
    }

    /// <summary>Since version 2, one for each bind of the list above.</summary>
    private static void WriteBindDetails(RecordWriter writer, IReadOnlyList<BindMount> binds)
    {
        for (int i = 0; i < binds.Count; i++)
        {
            writer.Byte((byte)binds[i].Propagation);
            writer.Byte((byte)binds[i].Reach);
            writer.Text(binds[i].Subpath);
        }
    }

    private static BindMount[] ReadBindDetails(ref RecordReader reader, IReadOnlyList<BindMount> binds)
    {
        var detailed = new BindMount[binds.Count];
        for (int i = 0; i < detailed.Length; i++)
        {
            detailed[i] = binds[i] with
            {
                Propagation = (MountPropagation)Within(reader.Byte(), (byte)MountPropagation.Shared),
                Reach = (ReadOnlyReach)Within(reader.Byte(), (byte)ReadOnlyReach.Everything),
                Subpath = reader.Text(),
            };
        }

        return detailed;
    }

    private static byte Within(byte value, byte largest)
        => value <= largest ? value : throw new InvalidDataException("a launch record with a word of another version");

    private static BindMount[] ReadBinds(ref RecordReader reader)
    {
        var binds = new BindMount[reader.Count(SmallestBind)];
        for (int i = 0; i < binds.Length; i++)
        {
            binds[i] = new BindMount(reader.Text(), reader.Text(), reader.Flag(), reader.Flag());
        }

        return binds;
    }

    private static TmpfsMount[] ReadTmpfs(ref RecordReader reader)
    {
        var tmpfs = new TmpfsMount[reader.Count(SmallestPair)];
        for (int i = 0; i < tmpfs.Length; i++)
        {
            tmpfs[i] = new TmpfsMount(reader.Text(), reader.Text());
        }

        return tmpfs;
    }
}
