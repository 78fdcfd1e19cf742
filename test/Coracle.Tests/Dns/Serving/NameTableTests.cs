using System.Net;
using System.Text;
using Coracle.Dns;
using CsCheck;

namespace Coracle.Tests.Dns.Serving;

public class NameTableTests
{
    private static readonly Gen<string> _label = Gen.String[Gen.Char["abcXYZ019-_"], 1, 12];
    private static readonly Gen<string> _name = _label.Array[1, 3].Select(labels => string.Join('.', labels));
    private static readonly Gen<IPAddress> _address = Gen.Byte.Array[4].Select(b => new IPAddress(b));
    private static readonly Gen<IPAddress> _v6 = Gen.Byte.Array[16].Select(b => new IPAddress(b));

    [Fact]
    public void Whatever_is_written_is_found()
        => Gen.Select(_name, Gen.OneOf(_address, _v6)).Array[0, 200].Sample(pairs =>
        {
            NameTableBuilder builder = new("net");
            foreach ((string name, IPAddress address) in pairs)
            {
                builder.Add(name, address);
                builder.AddReverse(address, name);
            }

            NameTable table = NameTable.Read(builder.Write());
            foreach (IGrouping<string, IPAddress> group in pairs.GroupBy(pair => pair.Item1.ToLowerInvariant(), pair => pair.Item2))
            {
                Assert.True(table.TryFind(Encoding.UTF8.GetBytes(group.Key), out ReadOnlySpan<byte> v4, out ReadOnlySpan<byte> v6));
                Assert.Equal(group.Distinct().Sum(address => address.GetAddressBytes().Length), v4.Length + v6.Length);
            }

            foreach (IPAddress address in pairs.Select(pair => pair.Item2))
            {
                Assert.True(table.TryFindName(address.GetAddressBytes(), out ReadOnlySpan<byte> name));
                string first = pairs.First(pair => pair.Item2.Equals(address)).Item1.ToLowerInvariant();
                Assert.Equal(first, Encoding.UTF8.GetString(name));
            }

            Assert.False(table.TryFind("not-there-at-all"u8, out _, out _));
        }, iter: 200);

    [Fact]
    public void Any_byte_that_is_cut_off_is_noticed()
    {
        byte[] record = Small().Write();
        for (int length = 0; length < record.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => NameTable.Read(record[..length]));
        }

        Assert.Throws<InvalidDataException>(() => NameTable.Read([.. record, 0]));
    }

    [Fact]
    public void Another_version_is_refused()
    {
        byte[] record = Small().Write();
        record[4]++;
        Assert.Throws<InvalidDataException>(() => NameTable.Read(record));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData(".a")]
    [InlineData("a.")]
    [InlineData("a b")]
    [InlineData("a\u0001")]
    public void What_cannot_be_asked_for_is_left_out(string name)
    {
        NameTableBuilder builder = new("n");
        builder.Add(name, IPAddress.Loopback);
        builder.Add(new string('x', 64), IPAddress.Loopback);
        Assert.Equal(new NameTableBuilder("n").Write(), builder.Write());
    }

    [Fact]
    public void A_thousand_containers_are_far_below_a_megabyte()
    {
        NameTableBuilder builder = new("net");
        for (int i = 0; i < 1000; i++)
        {
            foreach (string name in new[] { $"project-service-{i}", $"service{i}", $"alias-of-{i}", $"{i:x12}" })
            {
                builder.Add(name, new IPAddress([172, 18, (byte)(i >> 8), (byte)i]));
                builder.Add(name, IPAddress.Parse($"fd00::{i:x}"));
            }

            builder.AddReverse(new IPAddress([172, 18, (byte)(i >> 8), (byte)i]), $"project-service-{i}");
        }

        byte[] record = builder.Write();
        long before = GC.GetAllocatedBytesForCurrentThread();
        _ = NameTable.Read(record);
        Assert.InRange(record.Length + GC.GetAllocatedBytesForCurrentThread() - before, 1, 400_000);
    }

    [Fact]
    public void An_empty_table_finds_nothing()
    {
        Assert.False(NameTable.Empty.TryFind("a"u8, out _, out _));
        Assert.False(NameTable.Empty.TryFindName([1, 2, 3, 4], out _));
    }

    private static NameTableBuilder Small()
    {
        NameTableBuilder builder = new("net");
        builder.Add("db", IPAddress.Parse("10.0.0.1"));
        builder.Add("db", IPAddress.Parse("fd00::1"));
        builder.AddReverse(IPAddress.Parse("10.0.0.1"), "db");
        return builder;
    }
}
