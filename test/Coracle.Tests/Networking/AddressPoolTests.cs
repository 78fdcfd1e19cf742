using System.Net;
using Coracle.Networking;
using CsCheck;

namespace Coracle.Tests.Networking;

public sealed class AddressPoolTests
{
    private enum Step
    {
        Take,
        Claim,
        Release,
    }

    [Theory]
    [InlineData("172.17.0.0/16", null, "172.17.0.1")]
    [InlineData("172.17.0.0/16", "172.17.5.0/24", "172.17.5.0")]
    [InlineData("10.0.0.0/30", null, "10.0.0.1")]
    [InlineData("10.0.0.0/31", null, "10.0.0.0")]
    [InlineData("10.0.0.7/32", null, "10.0.0.7")]
    [InlineData("fd00::/64", null, "fd00::1")]
    [InlineData("fd00::8/128", null, "fd00::8")]
    [InlineData("::/0", null, "::1")]
    public void The_first_address_is_the_lowest_that_is_nobodys(string subnet, string? range, string first)
        => Assert.Equal(IPAddress.Parse(first), Pool(subnet, range).Take());

    [Fact]
    public void What_comes_back_is_given_again_before_any_other()
    {
        AddressPool pool = Pool("10.0.0.0/24");
        IPAddress[] given = [.. Enumerable.Range(0, 5).Select(_ => pool.Take()!)];
        pool.Release(given[2]);
        pool.Release(given[1]);
        Assert.Equal(given[1], pool.Take());
        Assert.Equal(given[2], pool.Take());
        Assert.Equal(5, pool.InUse);
    }

    [Fact]
    public void A_full_pool_says_so_and_a_range_does_not_spill_into_its_subnet()
    {
        AddressPool pool = Pool("10.0.0.0/24", "10.0.0.252/30");
        Assert.Equal(["10.0.0.252", "10.0.0.253", "10.0.0.254"], Enumerable.Range(0, 3).Select(_ => pool.Take()!.ToString()));
        Assert.Null(pool.Take());
        Assert.Equal(AddressClaim.Given, pool.Claim(IPAddress.Parse("10.0.0.9")));
        Assert.Equal(AddressClaim.InUse, pool.Claim(IPAddress.Parse("10.0.0.255")));
        Assert.Equal(AddressClaim.OutOfRange, pool.Claim(IPAddress.Parse("10.0.1.9")));
    }

    [Fact]
    public void The_subnets_own_addresses_stay_its_own_whoever_gives_them_back()
    {
        AddressPool pool = Pool("10.0.0.0/30");
        pool.Release(IPAddress.Parse("10.0.0.0"));
        pool.Release(IPAddress.Parse("10.0.0.3"));
        Assert.Equal(["10.0.0.1", "10.0.0.2"], Enumerable.Range(0, 2).Select(_ => pool.Take()!.ToString()));
        Assert.Null(pool.Take());
    }

    [Fact]
    public void A_pool_is_as_large_as_what_is_in_use_whatever_its_subnet()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (string subnet in (string[])["10.0.0.0/8", "fd00::/64", "::/0"])
        {
            AddressPool pool = Pool(subnet);
            pool.Take();
            pool.Claim(pool.Subnet.IsIPv6 ? IPAddress.Parse("fd00::1:0:0") : IPAddress.Parse("10.200.0.1"));
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
    }

    [Fact]
    public void A_full_slash_16_is_found_full_and_every_address_was_given_once()
    {
        AddressPool pool = Pool("172.17.0.0/16");
        HashSet<IPAddress> given = [];
        while (pool.Take() is { } address)
        {
            Assert.True(given.Add(address));
        }

        Assert.Equal(65534, given.Count);
    }

    [Fact]
    public void It_gives_what_a_list_of_addresses_would_give()
        => Gen.Select(Gen.Int[22, 32], Gen.Int[0, 6], Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 1023]).Array[0, 300]).Sample(BehavesAsAList, iter: 300, threads: 1);

    private static bool BehavesAsAList(int length, int deeper, (Step Step, int Offset)[] steps)
    {
        Subnet subnet = Subnet.Parse($"10.7.0.0/{length}");
        Subnet range = Subnet.Around(subnet.LastAddress, Math.Min(32, length + deeper));
        AddressPool pool = new(subnet, range);
        bool hasOwn = length < 31;
        SortedSet<uint> taken = hasOwn ? [(uint)subnet.First, (uint)subnet.First + Size(length) - 1] : [];
        foreach ((Step step, int offset) in steps)
        {
            uint number = (uint)subnet.First + (uint)offset;
            IPAddress address = IPAddress.Parse($"{number >> 24}.{(number >> 16) & 255}.{(number >> 8) & 255}.{number & 255}");
            switch (step)
            {
                case Step.Take:
                    uint? expected = Lowest(range, taken);
                    Assert.Equal(expected, pool.Take() is { } got ? Number(got) : (uint?)null);
                    if (expected is uint lowest)
                    {
                        taken.Add(lowest);
                    }

                    break;
                case Step.Claim:
                    AddressClaim claim = offset >= Size(length) ? AddressClaim.OutOfRange : taken.Contains(number) ? AddressClaim.InUse : AddressClaim.Given;
                    Assert.Equal(claim, pool.Claim(address));
                    if (claim == AddressClaim.Given)
                    {
                        taken.Add(number);
                    }

                    break;
                default:
                    pool.Release(address);
                    if (!hasOwn || (offset != 0 && offset != Size(length) - 1))
                    {
                        taken.Remove(number);
                    }

                    break;
            }
        }

        return pool.InUse == taken.Count - (hasOwn ? 2 : 0);
    }

    private static uint? Lowest(Subnet range, SortedSet<uint> taken)
    {
        for (uint number = (uint)range.First; number < (uint)range.First + Size(range.Length); number++)
        {
            if (!taken.Contains(number))
            {
                return number;
            }
        }

        return null;
    }

    private static uint Number(IPAddress address) => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());

    private static uint Size(int length) => 1u << (32 - length);

    private static AddressPool Pool(string subnet, string? range = null) => new(Subnet.Parse(subnet), range is null ? null : Subnet.Parse(range));
}
