namespace Coracle;

/// <summary>The command line or the configuration file asks for something that is none, or that we refuse. Exit code 1.</summary>
internal sealed class OptionsException(string message) : Exception(message);
