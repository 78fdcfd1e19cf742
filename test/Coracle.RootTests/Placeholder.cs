namespace Coracle.RootTests;
