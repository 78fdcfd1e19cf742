namespace Coracle.E2E;

/// <summary>The files that ship ask the device for nothing but a kernel.</summary>
[Trait("Engine", "coracle")]
public sealed class StaticFileTests
{
    [Theory]
    [InlineData("coracle")]
    [InlineData("coracle-monitor")]
    public void The_file_has_no_interpreter_and_needs_no_library(string name) => AssertStatic(ElfFile.X64, name);

    [Theory, Trait("Needs", "arm64")]
    [InlineData("coracle-arm64")]
    [InlineData("coracle-arm64-monitor")]
    public void Nor_has_the_one_for_arm64(string name) => AssertStatic(ElfFile.Arm64, name);

    private static void AssertStatic(int machine, string name)
        => Assert.Equal(new ElfFile(machine, HasInterpreter: false, NeededLibraries: 0), ElfFile.Read(Path.Combine(Machine.Repository(), "out", name)));
}
