using System.Buffers.Binary;
using Coracle.Dns;
using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>What engines ask of the keeper, done. Nothing in it waits.</summary>
internal sealed class KeeperRequests(KeeperLoop loop, WatchSet watches, NameService names, PortTraffic traffic)
{
    private readonly KeeperLoop _loop = loop;

    public void Left(KeeperConnection connection) => _loop.Left(connection);

    public void Answer(KeeperConnection connection, KeeperOperation operation, uint sequence, ReadOnlySpan<byte> payload)
    {
        try
        {
            Do(connection, operation, sequence, payload);
        }
        catch (LinuxException failure)
        {
            Refuse(connection, operation, sequence, failure.Errno, failure.Message);
        }
        catch (InvalidDataException damaged)
        {
            Refuse(connection, operation, sequence, Errno.EINVAL, damaged.Message);
        }
    }

    private void Do(KeeperConnection connection, KeeperOperation operation, uint sequence, ReadOnlySpan<byte> payload)
    {
        var reader = new RecordReader(payload);
        switch (operation)
        {
            case KeeperOperation.List:
                List(connection, sequence, reader.Int32());
                return;
            case KeeperOperation.Fetch:
                Fetch(connection, sequence, _loop.FindKept(reader.Text()));
                return;
            case KeeperOperation.Recall:
                Recall(connection, sequence, _loop.Find(reader.Text()));
                return;
            case KeeperOperation.Hold:
                Hold(connection, sequence, ref reader);
                return;
            case KeeperOperation.Attend:
                Attend(connection, reader.Text());
                break;
            case KeeperOperation.ReleasePort:
                ReleasePort(_loop.Find(reader.Text()), PortHold.Decode(ref reader));
                break;
            case KeeperOperation.Release:
                _loop.Remove(_loop.Find(reader.Text()));
                break;
            case KeeperOperation.Table:
                _loop.Tables.Put(reader.Text(), ReadTable(connection, reader.Int32()));
                break;
            case KeeperOperation.ForgetTable:
                _loop.Tables.Forget(reader.Text());
                break;
            case KeeperOperation.Serve:
                Serve(connection, ref reader);
                break;
            case KeeperOperation.StopServing:
                _loop.Find(reader.Text()).Serve(null);
                break;
            case KeeperOperation.Keep:
                Keep(connection, reader.Text());
                break;
            case KeeperOperation.Drop:
                _loop.DropKept(reader.Text());
                break;
            default:
                throw new LinuxException("keeper", "an operation that it does not know", Errno.EINVAL);
        }

        connection.Answer(operation, KeeperAnswer.Done, sequence, []);
    }

    private static void Refuse(KeeperConnection connection, KeeperOperation operation, uint sequence, Errno errno, string text)
    {
        var answer = new RecordWriter();
        answer.Int32((int)errno);
        answer.Text(text);
        connection.Answer(operation, KeeperAnswer.Refused, sequence, answer.Written);
    }

    private void Attend(KeeperConnection connection, string id)
    {
        Descriptor process = connection.Take();
        Tenant tenant = _loop.FindOrMake(id, connection);
        try
        {
            tenant.Attend(process);
        }
        catch (LinuxException)
        {
            _loop.Remove(tenant); // what is held for it would depend on nothing
            throw;
        }
    }

    private void Hold(KeeperConnection connection, uint sequence, ref RecordReader reader)
    {
        string id = reader.Text();
        PortHold hold = PortHold.Decode(ref reader);
        reader.ExpectEnd();
        Descriptor? given = connection.Left > 0 ? connection.Take() : null;
        var port = new HeldPort(watches, traffic, hold, given);
        _loop.FindOrMake(id, connection).Add(port);
        Span<byte> answer = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(answer, port.Hold.At.Port);
        connection.Answer(KeeperOperation.Hold, KeeperAnswer.Done, sequence, answer);
    }

    private static void ReleasePort(Tenant tenant, in PortHold port)
    {
        if (!tenant.TryRelease(port))
        {
            throw new LinuxException("release", "port", Errno.ENOENT);
        }
    }

    private static NameTable ReadTable(KeeperConnection connection, int length)
    {
        using Descriptor file = connection.Take();
        if (length is <= 0 or > NameTable.MaxBytes)
        {
            throw new InvalidDataException("a table of names is too long");
        }

        byte[] record = new byte[length];
        return SharedBytes.TryRead(file, record) ? NameTable.Read(record) : throw new InvalidDataException("a table of names is cut short");
    }

    private void Serve(KeeperConnection connection, ref RecordReader reader)
    {
        string id = reader.Text();
        ResolverSettings settings = ResolverSettings.Decode(ref reader);
        reader.ExpectEnd();
        if (connection.Left > 0)
        {
            Descriptor datagrams = connection.Take();
            Descriptor streams = connection.Take();
            Tenant tenant = _loop.FindOrMake(id, connection);
            tenant.Serve(new SandboxResolver(names, tenant, datagrams, streams));
        }

        SandboxResolver resolver = _loop.Find(id).Resolver ?? throw new LinuxException("serve", "sandbox", Errno.ENOENT);
        resolver.Use(settings, _loop.Tables.Of(settings.Tables));
    }

    private void Keep(KeeperConnection connection, string name)
    {
        if (connection.Left == 0)
        {
            throw new InvalidDataException("nothing to keep");
        }

        var descriptors = new Descriptor[connection.Left];
        for (int i = 0; i < descriptors.Length; i++)
        {
            descriptors[i] = connection.Take();
        }

        _loop.Keep(new KeptDescriptors(name, descriptors));
    }

    private static void Fetch(KeeperConnection connection, uint sequence, KeptDescriptors kept)
    {
        Span<int> numbers = stackalloc int[DescriptorPassing.MaxDescriptors];
        for (int i = 0; i < kept.Count; i++)
        {
            numbers[i] = kept.Number(i);
        }

        connection.Answer(KeeperOperation.Fetch, KeeperAnswer.Done, sequence, [], numbers[..kept.Count]);
    }

    private static void Recall(KeeperConnection connection, uint sequence, Tenant tenant)
    {
        Span<int> numbers = stackalloc int[3];
        int count = 0;
        var answer = new RecordWriter();
        answer.Flag(tenant.Process is not null);
        answer.Flag(tenant.Resolver is not null);
        if (tenant.Process is { } process)
        {
            numbers[count++] = process.Number;
        }

        if (tenant.Resolver is { } resolver)
        {
            numbers[count++] = resolver.DatagramNumber;
            numbers[count++] = resolver.StreamNumber;
            resolver.Settings.Encode(answer);
        }

        connection.Answer(KeeperOperation.Recall, KeeperAnswer.Done, sequence, answer.Written, numbers[..count]);
    }

    private void List(KeeperConnection connection, uint sequence, int from)
    {
        var page = new ListPage(from);
        for (int i = 0; i < _loop.TenantCount; i++)
        {
            Tenant tenant = _loop.TenantAt(i);
            page.Add(tenant);
            for (int j = 0; j < tenant.PortCount; j++)
            {
                page.Add(tenant, tenant.Port(j).Hold);
            }
        }

        for (int i = 0; i < _loop.Tables.Count; i++)
        {
            page.AddTable(_loop.Tables.Key(i));
        }

        for (int i = 0; i < _loop.KeptCount; i++)
        {
            page.Add(_loop.KeptAt(i));
        }

        connection.Answer(KeeperOperation.List, KeeperAnswer.Done, sequence, page.Finish());
    }
}
