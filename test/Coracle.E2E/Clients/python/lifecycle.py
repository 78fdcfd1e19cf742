"""One life of an image and of containers, by python3-docker. Environment: SOCKET, IMAGE (is there), NEXT (is only in the registry), NAME (a prefix)."""
import os
import socket
import sys
import threading

import docker
from docker.utils.socket import frames_iter

IMAGE, NEXT, NAME = os.environ['IMAGE'], os.environ['NEXT'], os.environ['NAME']
SLEEPER = ['sh', '-c', "trap 'exit 3' TERM; echo ready; while :; do sleep 0.1; done"]
client = docker.DockerClient(base_url='unix://' + os.environ['SOCKET'], version='auto', timeout=30)


def same(got, wanted):
    assert got == wanted, '%r instead of %r' % (got, wanted)


def refused(status, words, call, *arguments, **options):
    try:
        call(*arguments, **options)
    except docker.errors.APIError as error:
        same(error.status_code, status)
        assert words in error.explanation, error.explanation
        return
    raise AssertionError('it was not refused')


def engine():
    assert client.ping()
    same(client.version()['Os'], 'linux')
    same(client.info()['OSType'], 'linux')


def images():
    lines = list(client.api.pull(NEXT, stream=True, decode=True))
    assert any(line['status'] == 'Already exists' for line in lines), lines
    assert any(line['status'] == 'Pull complete' for line in lines), lines
    same(lines[-1]['status'], 'Status: Downloaded newer image for ' + NEXT)
    pulled = client.images.get(NEXT)
    same(pulled.tags, [NEXT])
    assert pulled.tag(NAME + '/python', tag='1')
    same([image.id for image in client.images.list(name=NAME + '/python')], [pulled.id])
    client.images.remove(NAME + '/python:1')
    client.images.remove(NEXT)
    try:
        client.images.get(NEXT)
        raise AssertionError('it is still there')
    except docker.errors.ImageNotFound as error:
        assert 'No such image' in error.explanation, error.explanation


def attached():
    name = NAME + '-attached'
    script = 'read line; echo "heard $line"; cat; echo aside >&2; exit 7'
    container = client.containers.create(IMAGE, ['sh', '-c', script], name=name, stdin_open=True, network_mode='none')
    wire = container.attach_socket(params={'stdin': 1, 'stdout': 1, 'stderr': 1, 'stream': 1})
    container.start()
    wire._sock.sendall(b'hello\nand the rest\n')
    wire._sock.shutdown(socket.SHUT_WR)
    said = {1: b'', 2: b''}
    for stream, piece in frames_iter(wire, tty=False):
        said[stream] += piece
    wire.close()
    same((said[1], said[2], container.wait()['StatusCode']), (b'heard hello\nand the rest\n', b'aside\n', 7))
    container.remove()

    container = client.containers.create(IMAGE, ['sh', '-c', 'echo out; echo aside >&2; exit 7'], name=name, network_mode='none')
    stream = container.attach(stdout=True, stderr=True, stream=True, demux=True)
    container.start()
    out, err = b'', b''
    for piece in stream:
        out, err = out + (piece[0] or b''), err + (piece[1] or b'')
    same((out, err, container.wait()['StatusCode']), (b'out\n', b'aside\n', 7))
    same((container.logs(stderr=False), container.logs(stdout=False)), (b'out\n', b'aside\n'))
    container.reload()
    same((container.name, container.status, container.attrs['State']['ExitCode']), (name, 'exited', 7))
    container.remove()


def lifecycle():
    name = NAME + '-life'
    events = client.events(decode=True, filters={'type': 'container', 'container': name})
    seen = []
    listening = threading.Thread(target=lambda: seen.extend(until_destroyed(events)), daemon=True)
    listening.start()

    container = client.containers.create(IMAGE, SLEEPER, name=name, labels={'of': NAME}, network_mode='none')
    refused(409, 'is already in use', client.containers.create, IMAGE, name=name)
    container.start()
    container.start()  # 304 is no error to this client
    for line in container.logs(stream=True, follow=True):
        same(line, b'ready\n')
        break
    listed = client.containers.list(filters={'label': 'of=' + NAME, 'status': 'running'})
    same([(one.id, one.name, one.status, one.labels['of']) for one in listed], [(container.id, name, 'running', NAME)])
    container.rename(name + '-renamed')
    container.reload()
    same(container.name, name + '-renamed')
    container.stop(timeout=10)
    same(container.wait()['StatusCode'], 3)
    container.start()
    container.kill('SIGKILL')
    same(container.wait()['StatusCode'], 137)
    refused(409, 'is not running', container.kill)
    container.remove(force=True)
    refused(404, 'No such container', container.remove)
    refused(404, 'No such image', client.containers.create, NAME + '/nosuch:1')

    listening.join(20)
    assert not listening.is_alive(), 'no destroy among %r' % seen
    same(sorted(event['status'] for event in seen), sorted(['create', 'start', 'rename', 'kill', 'stop', 'die', 'start', 'kill', 'die', 'destroy']))
    assert all(event['id'] == container.id and event['Action'] == event['status'] and event['from'] == IMAGE for event in seen), seen


def until_destroyed(events):
    for event in events:
        yield event
        if event['Action'] == 'destroy':
            events.close()
            return


def executed():
    container = client.containers.run(IMAGE, SLEEPER, name=NAME + '-exec', network_mode='none', detach=True)
    # Not exec_run: this client loses output that comes in one packet with the response's header, and nothing comes before the input.
    script = ['sh', '-c', 'cat; echo "$WHO" >&2; exit 5']
    exec_id = client.api.exec_create(container.id, script, stdin=True, environment={'WHO': 'exec'})['Id']
    wire = client.api.exec_start(exec_id, socket=True)
    wire._sock.sendall(b'through and back\n')
    wire._sock.shutdown(socket.SHUT_WR)
    said = {1: b'', 2: b''}
    for stream, piece in frames_iter(wire, tty=False):
        said[stream] += piece
    wire.close()
    facts = client.api.exec_inspect(exec_id)
    same((said[1], said[2], facts['Running'], facts['ExitCode']), (b'through and back\n', b'exec\n', False, 5))
    container.remove(force=True)


def volumes():
    name = NAME + '-volume'
    volume = client.volumes.create(name, labels={'of': NAME})
    same((volume.name, volume.attrs['Driver'], volume.attrs['Labels']), (name, 'local', {'of': NAME}))
    kept = {name: {'bind': '/kept', 'mode': 'rw'}}
    same(client.containers.run(IMAGE, ['sh', '-c', 'echo kept > /kept/file'], network_mode='none', volumes=kept, remove=True), b'')
    holder = client.containers.create(IMAGE, ['cat', '/kept/file'], name=name, network_mode='none', volumes=kept)
    refused(409, 'volume is in use', volume.remove)
    holder.start()
    same((holder.wait()['StatusCode'], holder.logs()), (0, b'kept\n'))
    holder.remove()
    same([one.name for one in client.volumes.list(filters={'label': 'of=' + NAME})], [name])
    volume.remove()
    refused(404, 'no such volume', client.volumes.get, name)


globals()[sys.argv[1]]()
print('done')
