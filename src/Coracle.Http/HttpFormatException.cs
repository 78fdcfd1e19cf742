namespace Coracle.Http;

/// <summary>The other end sent something that is not HTTP/1.1 as we accept it, or ended inside a message.</summary>
/// <param name="status">What a server answers to it; meaningless at the client.</param>
public sealed class HttpFormatException(int status, string message) : IOException(message)
{
    public int Status => status;
}

/// <summary>The other end is gone: a write failed, or it closed while its answer was being made.</summary>
public sealed class ConnectionLostException(string message, Exception? inner = null) : IOException(message, inner);
