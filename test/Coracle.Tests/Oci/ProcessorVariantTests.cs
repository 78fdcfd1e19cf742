using System.Text;
using Coracle.Oci;

namespace Coracle.Tests.Oci;

public class ProcessorVariantTests
{
    private const string V2 = "fpu cx16 lahf_lm popcnt pni ssse3 sse4_1 sse4_2";
    private const string V3 = V2 + " avx avx2 bmi1 bmi2 f16c fma abm movbe xsave";
    private const string V4 = V3 + " avx512f avx512bw avx512cd avx512dq avx512vl";

    [Theory]
    [InlineData("", "v1")]
    [InlineData("flags\t\t: fpu sse2 pni", "v1")]
    [InlineData("flags\t\t: " + V2, "v2")]
    [InlineData("flags\t\t: " + V3, "v3")]
    [InlineData("flags\t\t: " + V4, "v4")]
    [InlineData("flags\t\t: " + V4 + "\n\nflags\t\t: " + V2, "v2")]   // the weaker one counts
    public void An_amd64_has_the_level_that_all_of_its_processors_have(string cpuInfo, string variant)
        => Assert.Equal(variant, ProcessorVariant.OfAmd64(Encoding.UTF8.GetBytes(cpuInfo)));

    [Theory]
    [InlineData("", "v7")]
    [InlineData("model name\t: ARMv7 Processor rev 4 (v7l)\nCPU architecture: 7\n", "v7")]
    [InlineData("model name\t: ARMv6-compatible processor rev 7 (v6l)\nCPU architecture: 7\n", "v6")]
    [InlineData("Processor\t: ARM926EJ-S rev 5 (v5l)\nCPU architecture: 5TEJ\n", "v5")]
    [InlineData("CPU architecture: 6TEJ\n", "v6")]
    [InlineData("model name\t: ARMv8 Processor rev 3 (v8l)\nCPU architecture: 8\n", "v8")]
    [InlineData("CPU architecture: AArch64\n", "v8")]
    [InlineData("CPU architecture: ?(12)\n", "v7")]
    public void An_arm_is_what_the_kernel_says(string cpuInfo, string variant)
        => Assert.Equal(variant, ProcessorVariant.OfArm(Encoding.UTF8.GetBytes(cpuInfo), "v7"));

    [Theory]
    [InlineData("linux/386", "linux/amd64/v3", true)]
    [InlineData("linux/amd64", "linux/amd64/v4", true)]
    [InlineData("linux/amd64/v3", "linux/amd64/v2", false)]
    [InlineData("linux/arm/v6", "linux/arm/v7", true)]
    [InlineData("linux/arm/v7", "linux/arm/v6", false)]
    [InlineData("linux/arm/v7", "linux/arm64", true)]
    [InlineData("linux/arm64", "linux/amd64", false)]
    [InlineData("windows/amd64", "linux/amd64", false)]
    public void An_image_runs_where_its_code_does(string image, string machine, bool runs)
        => Assert.Equal(runs, Platform.Parse(image).RunsOn(Platform.Parse(machine)));
}
