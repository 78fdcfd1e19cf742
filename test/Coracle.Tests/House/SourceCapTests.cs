using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Coracle.Tests.House;

/// <summary>The caps of docs/decisions/0001-the-house.md, held by walking the syntax of every product file.</summary>
public sealed class SourceCapTests
{
    private const int FileCap = 500;
    private const int FunctionCap = 80;

    private static readonly string[] _namesThatHide = ["Helper", "Helpers", "Util", "Utils", "Utility", "Utilities", "Manager", "Common", "Misc"];

    [Fact]
    public void No_file_is_longer_than_its_cap()
        => Assert.Empty(Repository.ProductFiles()
            .Select(path => (path, lines: File.ReadLines(path).Count()))
            .Where(file => file.lines > FileCap)
            .Select(file => $"{Repository.Relative(file.path)}: {file.lines} lines, the cap is {FileCap}"));

    [Fact]
    public void No_function_is_longer_than_its_cap()
        => Assert.Empty(Functions()
            .Where(function => function.Lines > FunctionCap)
            .Select(function => $"{function.Where}: {function.Lines} lines, the cap is {FunctionCap}"));

    [Fact]
    public void No_type_has_a_name_that_hides_what_is_inside()
        => Assert.Empty(Trees()
            .SelectMany(tree => tree.Root.DescendantNodes().OfType<BaseTypeDeclarationSyntax>())
            .Select(type => type.Identifier.Text)
            .Where(name => _namesThatHide.Any(hiding => name.EndsWith(hiding, StringComparison.Ordinal))));

    [Fact]
    public void Unsafe_code_and_interop_stand_in_Linux_only()
        => Assert.Empty(Trees()
            .Where(tree => !tree.Path.Contains("/Coracle.Linux/", StringComparison.Ordinal))
            .Where(tree => tree.Root.DescendantTokens().Any(token => token.IsKind(SyntaxKind.UnsafeKeyword)
                || token.Text is "DllImport" or "LibraryImport"))
            .Select(tree => Repository.Relative(tree.Path)));

    [Fact]
    public void One_namespace_a_room()
        => Assert.Empty(Trees()
            .SelectMany(tree => tree.Root.DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>()
                .Select(found => (tree.Path, Name: found.Name.ToString())))
            .Where(found => found.Name != RoomOf(found.Path))
            .Select(found => $"{Repository.Relative(found.Path)} declares {found.Name}, its room is {RoomOf(found.Path)}"));

    /// <summary>A guard that finds nothing because it looks nowhere is no guard.</summary>
    [Fact]
    public void The_walk_sees_the_product() => Assert.True(Functions().Count() > 20);

    private static string RoomOf(string path) => Path.GetRelativePath(Path.Combine(Repository.Root, "src"), path).Split('/')[0];

    private static IEnumerable<(string Path, SyntaxNode Root)> Trees()
        => Repository.ProductFiles().Select(path => (path, CSharpSyntaxTree.ParseText(File.ReadAllText(path)).GetRoot()));

    private static IEnumerable<(string Where, int Lines)> Functions()
        => from tree in Trees()
           from node in tree.Root.DescendantNodes()
           where node is BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax or AccessorDeclarationSyntax or AnonymousFunctionExpressionSyntax
           let span = node.GetLocation().GetLineSpan()
           select ($"{Repository.Relative(tree.Path)}:{span.StartLinePosition.Line + 1}", span.EndLinePosition.Line - span.StartLinePosition.Line + 1);
}
