"""DNS by hand: asks one question, or is a server.

names.py ask NAME TYPE [server=127.0.0.11] [port=53] [tcp] [edns=SIZE] [source=ADDRESS]
    first line: RCODE and the flags tc, ra, edns; then each answer as TYPE DATA, in the order in which they came
names.py serve ADDRESS[,ADDRESS…] NAME=ADDRESS[,ADDRESS…]…
    UDP and TCP; prints "ready", then each question as "udp|tcp TYPE NAME FROM"; "large.example" has 40 strings of 100 bytes as TXT
"""
import ipaddress
import socket
import struct
import sys
import threading

TYPES = {"A": 1, "CNAME": 5, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "OPT": 41}
NAMES = {number: name for name, number in TYPES.items()}
RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
LARGE = b"".join(bytes([100]) + bytes([97 + i % 26]) * 100 for i in range(40))


def encode(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.rstrip(".").split(".") if label) + b"\0"


def decode(message, at):
    """The name that begins there, and where it ends."""
    labels, end = [], None
    while message[at]:
        if message[at] >= 0xC0:
            end = end or at + 2
            at = struct.unpack_from("!H", message, at)[0] & 0x3FFF
        else:
            labels.append(message[at + 1:at + 1 + message[at]].decode())
            at += 1 + message[at]
    return ".".join(labels), end or at + 1


def exactly(stream, count):
    data = b""
    while len(data) < count:
        part = stream.recv(count - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def ask(name, kind, server="127.0.0.11", port="53", tcp=False, edns=None, source=None):
    if kind == "PTR":
        name = ipaddress.ip_address(name).reverse_pointer
    query = struct.pack("!6H", 4711, 0x0100, 1, 0, 0, 1 if edns else 0) + encode(name) + struct.pack("!2H", TYPES[kind], 1)
    if edns:
        query += struct.pack("!BHHIH", 0, TYPES["OPT"], int(edns), 0, 0)
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as channel:
        channel.settimeout(12)
        if source:
            channel.bind((source, 0))
        channel.connect((server, int(port)))
        if tcp:
            channel.sendall(struct.pack("!H", len(query)) + query)
            answer = exactly(channel, struct.unpack("!H", exactly(channel, 2))[0])
        else:
            channel.send(query)
            answer = channel.recv(65535)
    show(answer)


def show(answer):
    number, flags, questions, answers, authorities, additional = struct.unpack_from("!6H", answer)
    assert number == 4711 and flags & 0x8000 and questions == 1, answer
    _, at = decode(answer, 12)
    at += 4
    records = []
    for _ in range(answers + authorities + additional):
        _, at = decode(answer, at)
        kind, other, _, length = struct.unpack_from("!2HIH", answer, at)
        at += 10
        data = answer[at:at + length]
        if kind in (1, 28):
            text = str(ipaddress.ip_address(data))
        elif kind in (5, 12):
            text = decode(answer, at)[0]
        else:
            text = f"{length} bytes"
        records.append((NAMES.get(kind, str(kind)), text, other))
        at += length
    words = [RCODES.get(flags & 15, str(flags & 15))] + ["tc"] * bool(flags & 0x0200) + ["ra"] * bool(flags & 0x0080)
    words += ["edns" for kind, _, _ in records if kind == "OPT"]
    print(" ".join(words))
    for kind, text, _ in records:
        if kind != "OPT":
            print(kind, text)


def answer_to(query, zone, most, line):
    flags, _, _, _, additional = struct.unpack_from("!5H", query, 2)
    name, end = decode(query, 12)
    kind = struct.unpack_from("!H", query, end)[0]
    print(line, NAMES.get(kind, kind), name, flush=True)
    if additional and most == 512:
        most = struct.unpack_from("!H", query, end + 4 + 3)[0]  # OPT's class is what the asker has room for
    name = name.lower()
    records, known = [], name in zone or name == "large.example"
    for text in zone.get(name, []):
        address = ipaddress.ip_address(text)
        if kind == (1 if address.version == 4 else 28):
            records.append((kind, address.packed))
    if name == "large.example" and kind == TYPES["TXT"]:
        records.append((kind, LARGE))
    body = b"".join(struct.pack("!3HIH", 0xC00C, kind, 1, 60, len(data)) + data for kind, data in records)
    head = 0x8180 | (0 if known else 3)
    if end + 4 + len(body) > most:
        head, body, records = head | 0x0200, b"", []
    return query[:2] + struct.pack("!5H", head, 1, len(records), 0, 0) + query[12:end + 4] + body


def serve_udp(channel, zone):
    while True:
        query, sender = channel.recvfrom(65535)
        channel.sendto(answer_to(query, zone, 512, "udp"), sender)


def serve_tcp(channel, zone):
    while True:
        client, _ = channel.accept()
        with client:
            try:
                query = exactly(client, struct.unpack("!H", exactly(client, 2))[0])
                reply = answer_to(query, zone, 65535, "tcp")
                client.sendall(struct.pack("!H", len(reply)) + reply)
            except (EOFError, OSError):
                pass


def serve(addresses, *records):
    zone = {}
    for record in records:
        name, values = record.split("=")
        zone[name] = values.split(",")
    for address in addresses.split(","):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        udp, tcp = socket.socket(family, socket.SOCK_DGRAM), socket.socket(family, socket.SOCK_STREAM)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for channel in (udp, tcp):
            channel.bind((address, 53))
        tcp.listen()
        threading.Thread(target=serve_udp, args=(udp, zone), daemon=True).start()
        threading.Thread(target=serve_tcp, args=(tcp, zone), daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    verb, *arguments = sys.argv[1:]
    if verb == "ask":
        options = dict(word.split("=") if "=" in word else (word, True) for word in arguments[2:])
        ask(arguments[0], arguments[1], **options)
    else:
        serve(*arguments)
