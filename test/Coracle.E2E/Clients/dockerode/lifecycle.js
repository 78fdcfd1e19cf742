// One life of an image and of containers, by dockerode. Environment: SOCKET, IMAGE (is there), NEXT (is only in the registry), NAME (a prefix).
'use strict';
const assert = require('node:assert/strict');
const { PassThrough } = require('node:stream');
const { createRequire } = require('node:module');
const Docker = createRequire(process.env.MODULES + '/')('dockerode');

const { SOCKET, IMAGE, NEXT, NAME } = process.env;
const docker = new Docker({ socketPath: SOCKET });
const host = { NetworkMode: 'none' };
const sleeper = ['sh', '-c', "trap 'exit 3' TERM; echo ready; while :; do sleep 0.1; done"];

const refused = (status, words) => (error) => error.statusCode === status && (!words || error.message.includes(words));

/** Collects what a stream of frames says, by stream. */
function demuxed(stream) {
  const out = new PassThrough(), err = new PassThrough();
  const said = { out: '', err: '' };
  out.on('data', (bytes) => { said.out += bytes; });
  err.on('data', (bytes) => { said.err += bytes; });
  docker.modem.demuxStream(stream, out, err);
  const ended = new Promise((resolve, reject) => stream.on('end', resolve).on('close', resolve).on('error', reject));
  return { said, ended };
}

/** Holds when the stream has said it. */
async function says(said, text) {
  for (const deadline = Date.now() + 20000; !said.out.includes(text);) {
    assert.ok(Date.now() < deadline, `'${text}' did not come: ${said.out}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function engine() {
  assert.equal((await docker.ping()).toString(), 'OK');
  assert.equal((await docker.version()).Os, 'linux');
  assert.equal((await docker.info()).OSType, 'linux');
}

async function images() {
  const progress = await new Promise((resolve, reject) => docker.pull(NEXT, (refusal, stream) => {
    if (refusal) { reject(refusal); return; }
    docker.modem.followProgress(stream, (error, lines) => (error ? reject(error) : resolve(lines)));
  }));
  assert.ok(progress.some((line) => line.status === 'Already exists' && line.id), 'a layer that is here');
  assert.ok(progress.some((line) => line.status === 'Pull complete' && line.id), 'a layer that was fetched');
  assert.equal(progress.at(-1).status, `Status: Downloaded newer image for ${NEXT}`);

  const pulled = await docker.getImage(NEXT).inspect();
  assert.deepEqual(pulled.RepoTags, [NEXT]);
  await docker.getImage(NEXT).tag({ repo: `${NAME}/js`, tag: '1' });
  const listed = await docker.listImages({ filters: { reference: [`${NAME}/js`] } });
  assert.deepEqual(listed.map((image) => image.Id), [pulled.Id]);
  assert.deepEqual(await docker.getImage(`${NAME}/js:1`).remove(), [{ Untagged: `${NAME}/js:1` }]);
  assert.ok((await docker.getImage(NEXT).remove()).some((line) => line.Deleted === pulled.Id));
  await assert.rejects(docker.getImage(NEXT).inspect(), refused(404, 'No such image'));
}

async function attached() {
  const container = await docker.createContainer({
    Image: IMAGE, name: `${NAME}-attached`, Cmd: ['sh', '-c', 'read line; echo "heard $line"; cat; echo aside >&2; exit 7'],
    AttachStdin: true, AttachStdout: true, AttachStderr: true, OpenStdin: true, StdinOnce: true, HostConfig: host,
  });
  const stream = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true });
  const { said, ended } = demuxed(stream);
  await container.start();
  stream.write('hello\n');
  stream.end('and the rest\n');
  assert.equal((await container.wait()).StatusCode, 7);
  await ended;
  assert.deepEqual(said, { out: 'heard hello\nand the rest\n', err: 'aside\n' });

  const logs = demuxed(await container.logs({ follow: true, stdout: true, stderr: true }));
  await logs.ended;
  assert.deepEqual(logs.said, said);

  const facts = await container.inspect();
  assert.deepEqual([facts.Name, facts.State.Status, facts.State.ExitCode, facts.Config.Image], [`/${NAME}-attached`, 'exited', 7, IMAGE]);
  await container.remove();
  await assert.rejects(container.inspect(), refused(404, 'No such container'));
}

async function lifecycle() {
  const name = `${NAME}-life`;
  const events = await docker.getEvents({ filters: { type: ['container'], container: [name] } });
  let told = '';
  events.on('data', (bytes) => { told += bytes; });

  const container = await docker.createContainer({ Image: IMAGE, name, Cmd: sleeper, Labels: { of: NAME }, HostConfig: host });
  await assert.rejects(docker.createContainer({ Image: IMAGE, name, HostConfig: host }), refused(409, 'is already in use'));
  await container.start();
  await assert.rejects(container.start(), refused(304));
  const log = demuxed(await container.logs({ follow: true, stdout: true }));
  await says(log.said, 'ready\n');
  const listed = await docker.listContainers({ filters: { label: [`of=${NAME}`], status: ['running'] } });
  assert.deepEqual(listed.map((one) => [one.Id, one.Names, one.State, one.Labels.of]), [[container.id, [`/${name}`], 'running', NAME]]);
  await container.rename({ name: `${name}-renamed` });
  assert.equal((await container.inspect()).Name, `/${name}-renamed`);
  await container.stop({ t: 10 });
  assert.equal((await container.inspect()).State.ExitCode, 3);
  await assert.rejects(container.stop(), refused(304));
  await log.ended;

  await container.start();
  await container.kill({ signal: 'SIGKILL' });
  assert.equal((await container.wait()).StatusCode, 137);
  await assert.rejects(container.kill(), refused(409, 'is not running'));
  await container.remove({ force: true });
  await assert.rejects(docker.createContainer({ Image: `${NAME}/nosuch:1` }), refused(404, 'No such image'));

  // Unversioned paths: the events of old that have status and id beside Action and Actor.
  const expected = ['create', 'start', 'rename', 'kill', 'stop', 'die', 'start', 'kill', 'die', 'destroy'];
  const said = { get out() { return told; } };
  await says(said, '"destroy"');
  const seen = told.trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(seen.map((event) => event.status).sort(), [...expected].sort());
  assert.ok(seen.every((event) => event.id === container.id && event.Action === event.status && event.from === IMAGE && event.Type === 'container'));
  events.destroy();
}

async function executed() {
  const container = await docker.createContainer({ Image: IMAGE, name: `${NAME}-exec`, Cmd: sleeper, HostConfig: host });
  await container.start();
  const exec = await container.exec({ Cmd: ['sh', '-c', 'cat; echo "$0 $WHO" >&2; exit 5', 'by'], Env: ['WHO=exec'], AttachStdin: true, AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({ hijack: true, stdin: true });
  const { said, ended } = demuxed(stream);
  stream.end('through and back\n');
  await ended;
  assert.deepEqual(said, { out: 'through and back\n', err: 'by exec\n' });
  const facts = await exec.inspect();
  assert.deepEqual([facts.Running, facts.ExitCode, facts.ContainerID], [false, 5, container.id]);
  await container.remove({ force: true });
}

async function volumes() {
  const name = `${NAME}-volume`;
  await docker.createVolume({ Name: name, Labels: { of: NAME } });
  const volume = docker.getVolume(name);
  const facts = await volume.inspect();
  assert.deepEqual([facts.Name, facts.Driver, facts.Labels], [name, 'local', { of: NAME }]);
  const container = await docker.createContainer({ Image: IMAGE, name, Cmd: ['sh', '-c', 'echo kept > /kept/file'], HostConfig: { ...host, Binds: [`${name}:/kept`] } });
  await container.start();
  assert.equal((await container.wait()).StatusCode, 0);
  const [mount] = (await container.inspect()).Mounts;
  assert.deepEqual([mount.Type, mount.Name, mount.Destination, mount.RW], ['volume', name, '/kept', true]);
  await assert.rejects(volume.remove(), refused(409, 'volume is in use'));
  await container.remove();
  assert.deepEqual((await docker.listVolumes({ filters: { label: [`of=${NAME}`] } })).Volumes.map((one) => one.Name), [name]);
  await volume.remove();
  await assert.rejects(volume.inspect(), refused(404, 'no such volume'));
}

const parts = { engine, images, attached, lifecycle, executed, volumes };
parts[process.argv[2]]().then(() => console.log('done'), (error) => { console.error(error); process.exit(1); });
