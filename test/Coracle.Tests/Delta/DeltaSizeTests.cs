using System.Text;
using Coracle.Tar;
using Coracle.Tests.Tar;

namespace Coracle.Tests.Delta;

/// <summary>What is everyday must cost next to nothing: rebuilt trees, moved ones, changed owners. Bytes of whole deltas.</summary>
public sealed class DeltaSizeTests
{
    private const int Files = 1500;

    private static readonly byte[] _old = Tree(_ => { });

    [Fact]
    public void Younger_files_by_the_same_time_cost_nothing_each()
        => AssertCosts(200, Tree(entry => entry.ModifiedAt = entry.ModifiedAt with { Seconds = entry.ModifiedAt.Seconds + 86_400 }));

    [Fact]
    public void Files_of_one_time_cost_nothing_each()
        => AssertCosts(200, Tree(entry => entry.ModifiedAt = new TarTime(1_800_000_000, 0)));

    [Fact]
    public void Files_unpacked_one_after_the_other_cost_a_few_bits_each()
    {
        var random = new Random(1);
        long now = 1_800_000_000;
        AssertCosts(900, Tree(entry => entry.ModifiedAt = new TarTime(now += random.Next(8) == 0 ? 1 : 0, 0)));
    }

    [Fact]
    public void Nanoseconds_cost_what_is_in_them()
    {
        var random = new Random(1);
        byte[] old = Tree(entry => entry.ModifiedAt = entry.ModifiedAt with { Nanoseconds = random.Next(1_000_000_000) });
        byte[] target = Tree(entry => entry.ModifiedAt = new TarTime(entry.ModifiedAt.Seconds + 5, random.Next(1_000_000_000)));
        AssertCosts((Files * 6), target, old);
        Assert.Equal(target, new DeltaCase([old], target).Apply());
    }

    [Fact]
    public void A_tree_below_another_directory_costs_its_name()
        => AssertCosts(300, Tree(entry => entry.Name = Bytes("srv/" + Encoding.UTF8.GetString(entry.Name.Span))));

    [Fact]
    public void A_tree_in_reverse_order_costs_nothing_each()
        => AssertCosts(220, Tree(_ => { }, reverse: true));

    [Fact]
    public void Other_owners_and_modes_for_all_cost_nothing_each()
        => AssertCosts(350, Tree(entry => (entry.Uid, entry.Gid, entry.Mode) = (1000, 1000, entry.Mode & ~0x12)));

    [Fact]
    public void One_new_owner_among_many_costs_some_bytes()
    {
        int number = 0;
        AssertCosts(230, Tree(entry => entry.Uid = number++ == 700 ? 1000 : entry.Uid));
    }

    [Fact]
    public void Attributes_that_are_the_same_cost_nothing()
    {
        static void WithXattr(TarEntry entry) => entry.Xattrs.Add(new TarXattr(Bytes("user.a"), Bytes("value\n\0" + entry.Name.Length)));
        AssertCosts(200, Tree(WithXattr), Tree(WithXattr));
    }

    private static void AssertCosts(int most, byte[] target, byte[]? old = null)
    {
        DeltaCase made = new([old ?? _old], target);
        Assert.InRange(made.Delta.Length, 1, most);
        Assert.True(target.AsSpan().SequenceEqual(made.Apply()));
    }

    private static byte[] Tree(Action<TarEntry> change, bool reverse = false)
    {
        var random = new Random(7);
        List<(TarEntry Entry, byte[] Body)> entries = [];
        for (int i = 0; i < Files; i++)
        {
            string directory = $"usr/lib/node_modules/package-{i / 12}/lib/";
            TarEntry entry = TestTar.Entry(i % 12 == 0 ? directory : $"{directory}{(char)('a' + (i % 12))}{random.Next(1000)}.js", i % 12 == 0 ? TarEntryType.Directory : TarEntryType.File, 0x1ED);
            (entry.Uid, entry.Gid, entry.ModifiedAt) = (0, 0, new TarTime(1_700_000_000 + random.Next(1_000_000), 0));
            byte[] body = Bytes(i % 12 == 0 ? "" : $"exports.name = 'file {random.Next()}';\n");
            entry.Size = body.Length;
            entries.Add((entry, body));
        }

        using MemoryStream tar = new();
        var writer = new TarWriter(tar);
        foreach ((TarEntry entry, byte[] body) in reverse ? Enumerable.Reverse(entries) : entries)
        {
            change(entry);
            writer.WriteHeader(entry);
            writer.Write(body);
        }

        writer.Complete();
        return tar.ToArray();
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
