using System.Text;
using Coracle.Tar;
using CsCheck;
using static Coracle.Tests.Tar.RawTar;

namespace Coracle.Tests.Tar;

public sealed class TarReaderTests
{
    [Fact]
    public void Any_entry_that_is_written_is_read_again()
    {
        Gen<byte[]> name = Gen.Byte[1, 255].Array[1, 300];
        Gen<TarEntry> entry = Gen.Select(name, Gen.Long[-9_000_000_000, 9_000_000_000], Gen.Int[0, 999_999_999], Gen.UInt[0, uint.MaxValue - 1], Gen.Byte.Array[0, 40])
            .Select((n, seconds, nanos, uid, value) =>
            {
                var made = new TarEntry { Name = n, Type = TarEntryType.Directory, Uid = uid, Gid = uid / 3, ModifiedAt = new TarTime(seconds, nanos), Mode = nanos & 0xfff };
                made.Xattrs.Add(new TarXattr("user.x"u8.ToArray(), value));
                return made;
            });
        entry.Sample(
            made =>
            {
                using TarReader reader = Read(new TestTar().Add(made).ToArray());
                Assert.True(reader.MoveNext());
                Assert.Equal(made.Name.ToArray(), reader.Entry.Name.ToArray());
                Assert.Equal((made.Uid, made.Gid, made.Mode), (reader.Entry.Uid, reader.Entry.Gid, reader.Entry.Mode));
                Assert.Equal(made.ModifiedAt, reader.Entry.ModifiedAt);
                Assert.Equal(made.Xattrs[0].Value.ToArray(), Assert.Single(reader.Entry.Xattrs).Value.ToArray());
                Assert.False(reader.MoveNext());
            },
            iter: 500,
            threads: 1);
    }

    [Fact]
    public void Every_byte_is_given_out_exactly_once()
    {
        byte[] tar = [.. new TestTar().File("a", new byte[700]).Directory(new string('n', 200)).File("b", new byte[300_000]).ToArray(), .. new byte[9000]];
        using var source = new MemoryStream(tar);
        using var reader = new TarReader(source);
        using var copy = new MemoryStream();

        while (reader.MoveNext())
        {
            Assert.Equal(copy.Length + reader.RawBytes.Length, reader.BodyOffset);
            copy.Write(reader.RawBytes);
            for (ReadOnlySpan<byte> piece = reader.ReadBody(); !piece.IsEmpty; piece = reader.ReadBody())
            {
                copy.Write(piece);
            }
        }

        copy.Write(reader.RawBytes);
        for (ReadOnlySpan<byte> piece = reader.ReadTrailer(); !piece.IsEmpty; piece = reader.ReadTrailer())
        {
            copy.Write(piece);
        }

        Assert.Equal(tar, copy.ToArray());
    }

    [Fact]
    public void A_tar_cut_anywhere_is_an_error_or_a_clean_end_between_entries()
    {
        byte[] tar = new TestTar().File("first", "0123456789").File(new string('n', 200), "abc").ToArray();
        for (int cut = 1; cut < tar.Length; cut++)
        {
            try
            {
                using TarReader reader = Read(tar[..cut]);
                while (reader.MoveNext())
                {
                }
            }
            catch (InvalidTarException e)
            {
                Assert.InRange(e.Offset, 0, cut);
            }
        }
    }

    [Fact]
    public void Any_damage_is_an_error_of_its_own_type_or_another_tar()
    {
        byte[] tar = new TestTar().File(new string('n', 200), "abc", 0x1A4).Link("l", new string('t', 120)).ToArray();
        Gen.Select(Gen.Int[0, tar.Length - 1], Gen.Byte).Sample(
            (at, value) =>
            {
                byte[] damaged = [.. tar];
                damaged[at] = value;
                try
                {
                    using TarReader reader = Read(damaged);
                    while (reader.MoveNext())
                    {
                    }
                }
                catch (InvalidTarException)
                {
                }
            },
            iter: 5000,
            threads: 1);
    }

    [Theory]
    [InlineData("22 path=longer/than/x\n", "longer/than/x")]
    [InlineData("10 path=a\n10 path=b\n", "b")]
    [InlineData("8 path=\n", "short")]
    [InlineData("30 comment=with\nnewline = yes\n10 path=c\n", "c")]
    public void A_PAX_record_names_the_entry(string records, string name)
    {
        using TarReader reader = Read([.. Pax(records), .. Block("short", '0', "00000000000")]);

        Assert.True(reader.MoveNext());
        Assert.Equal(name, Encoding.UTF8.GetString(reader.Entry.Name.Span));
    }

    [Theory]
    [InlineData("11 path=a\n")]
    [InlineData("8 path=a\n")]
    [InlineData("-10 path=a\n")]
    [InlineData("10path=a\n")]
    [InlineData("8 =abc\n")]
    [InlineData("99999999999999999999 path=a\n")]
    [InlineData("11 path=a\0\n")]
    [InlineData("12 size=-1\n\n")]
    [InlineData("11 size=-1\n")]
    [InlineData("28 size=9223372036854775807\n")]
    [InlineData("29 size=92233720368547758080\n")]
    [InlineData("18 uid=4294967295\n")]
    [InlineData("11 mtime=x\n")]
    [InlineData("22 GNU.sparse.major=1\n")]
    public void A_PAX_record_that_is_none_or_out_of_bounds_is_refused(string records)
    {
        using TarReader reader = Read([.. Pax(records), .. Block("short", '0', "00000000000")]);

        Assert.Throws<InvalidTarException>(() => reader.MoveNext());
    }

    [Theory]
    [InlineData("77777777777", true)]
    [InlineData("           ", true)]
    [InlineData("  644\0     ", true)]
    [InlineData("00000000008", false)]
    [InlineData("-0000000001", false)]
    public void A_size_is_octal_with_fillers(string size, bool valid)
    {
        using TarReader reader = Read(Block("x", '1', size));

        Assert.Equal(valid, valid ? reader.MoveNext() : Assert.Throws<InvalidTarException>(() => reader.MoveNext()) is null);
    }

    [Fact]
    public void A_negative_size_in_base_256_is_refused()
    {
        byte[] block = Block("x", '0', "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff");
        using TarReader reader = Read(block);

        Assert.Contains("size", Assert.Throws<InvalidTarException>(() => reader.MoveNext()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1024, true)]
    [InlineData(1025, false)]
    public void Attributes_have_a_number(int count, bool valid)
    {
        string records = string.Concat(Enumerable.Range(0, count).Select(i => Record($"SCHILY.xattr.user.{i}", "x")));
        using TarReader reader = Read([.. Pax(records), .. Block("x", '0', "00000000000")]);

        Assert.Equal(valid, valid ? reader.MoveNext() : Assert.Throws<InvalidTarException>(() => reader.MoveNext()) is null);
    }

    [Fact]
    public void An_extended_header_without_end_is_refused_before_it_is_read()
    {
        using TarReader reader = Read(Block("x", 'x', "77777777777"));

        Assert.Contains("extended header", Assert.Throws<InvalidTarException>(() => reader.MoveNext()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GNU_long_names_win_over_PAX_and_global_headers_over_nothing()
    {
        byte[] tar =
        [
            .. Extended('g', "13 path=glob\n"), .. Extended('x', "12 path=pax\n"), .. Extended('L', "long\0"), .. Extended('K', "to\0"),
            .. Block("short", '2', "00000000000"),
        ];
        using TarReader reader = Read(tar);

        Assert.True(reader.MoveNext());
        Assert.Equal("long", Encoding.UTF8.GetString(reader.Entry.Name.Span));
        Assert.Equal("to", Encoding.UTF8.GetString(reader.Entry.LinkName.Span));
        Assert.Equal(tar.Length, reader.RawBytes.Length);
    }

    [Theory]
    [InlineData('S', "sparse")]
    [InlineData('M', "unhandled tar header type 77")]
    [InlineData('N', "unhandled tar header type 78")]
    [InlineData('V', "unhandled tar header type 86")]
    public void What_is_not_unpacked_is_refused_by_name(char type, string words)
    {
        using TarReader reader = Read(Block("x", type, "00000000000"));

        Assert.Contains(words, Assert.Throws<InvalidTarException>(() => reader.MoveNext()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_v7_directory_is_known_by_its_slash()
    {
        using TarReader reader = Read(Block("d/", '\0', "00000000000"));

        Assert.True(reader.MoveNext());
        Assert.Equal(TarEntryType.Directory, reader.Entry.Type);
    }

    [Fact]
    public void A_name_in_an_error_is_printable_and_short()
    {
        string shown = InvalidTarException.Show([.. "a\u001b[31m\n\""u8, .. new byte[5000]]);

        Assert.DoesNotContain(shown[1..^1], c => char.IsControl(c) || c == '"');
        Assert.InRange(shown.Length, 10, 1100);
    }

    private static TarReader Read(byte[] tar) => new(new MemoryStream(tar));
}
