#!/usr/bin/env python3
"""Records what dockerd answers to requests that no client sends: record-shapes.py SOCKET > shapes.jsonl

SOCKET is of a dockerd that has no containers. Each line: a name, the bytes (pieces of Latin-1, each with how
often it comes), and the statuses that came back before the
connection was closed. HttpShapeTests sends the same to our server; HttpShapeE2ETests to the engine, and to dockerd again.
"""
import json
import re
import socket
import sys

EXEC = "POST /v1.41/containers/nobody/exec HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n"
BODY = '{"Cmd":["a"]}'  # 13 bytes; a body that arrives as it was meant is 404: no such container
PING = "GET /_ping HTTP/1.1\r\nHost: docker\r\n"


def body(fields, payload=BODY):
    return EXEC + fields + "\r\n" + payload


def chunked(payload, fields="Transfer-Encoding: chunked\r\n"):
    return EXEC + fields + "\r\n" + payload


WHOLE = f"d\r\n{BODY}\r\n0\r\n\r\n"
SHAPES = {
    "plain": PING + "\r\n",
    "length": body("Content-Length: 13\r\n"),
    "chunked": chunked(WHOLE),
    "length and chunked": chunked(WHOLE, "Content-Length: 13\r\nTransfer-Encoding: chunked\r\n"),
    "chunked and length": chunked(WHOLE, "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"),
    "two lengths, equal": body("Content-Length: 13\r\nContent-Length: 13\r\n"),
    "two lengths, different": body("Content-Length: 13\r\nContent-Length: 3\r\n"),
    "lengths in a list": body("Content-Length: 13, 13\r\n"),
    "length with plus": body("Content-Length: +13\r\n"),
    "length negative": body("Content-Length: -13\r\n"),
    "length hexadecimal": body("Content-Length: 0xd\r\n"),
    "length with space inside": body("Content-Length: 1 3\r\n"),
    "length with spaces around": body("Content-Length:   13 \r\n"),
    "length with leading zeros": body("Content-Length: 0013\r\n"),
    "length that overflows": body("Content-Length: 18446744073709551629\r\n"),
    "length of 2^63-1": body("Content-Length: 9223372036854775807\r\n"),
    "length empty": body("Content-Length:\r\n"),
    "length with form feed": body("Content-Length: \f13\r\n"),
    "length zero with a body": body("Content-Length: 0\r\n"),
    "length shorter than the body": body("Content-Length: 10\r\n"),
    "encoding chunked, identity": chunked(WHOLE, "Transfer-Encoding: chunked, identity\r\n"),
    "encoding identity": body("Transfer-Encoding: identity\r\nContent-Length: 13\r\n"),
    "encoding xchunked": chunked(WHOLE, "Transfer-Encoding: xchunked\r\n"),
    "encoding twice": chunked(WHOLE, "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
    "encoding quoted": chunked(WHOLE, 'Transfer-Encoding: "chunked"\r\n'),
    "encoding with vertical tab": chunked(WHOLE, "Transfer-Encoding: \vchunked\r\n"),
    "encoding in capitals": chunked(WHOLE, "Transfer-Encoding: CHUNKED\r\n"),
    "encoding gzip, chunked": chunked(WHOLE, "Transfer-Encoding: gzip, chunked\r\n"),
    "encoding in HTTP/1.0": chunked(WHOLE).replace("HTTP/1.1", "HTTP/1.0"),
    "encoding with space before colon": chunked(WHOLE, "Transfer-Encoding : chunked\r\n"),
    "encoding folded": chunked(WHOLE, "Transfer-Encoding:\r\n chunked\r\n"),
    "chunk with 0x": chunked(f"0xd\r\n{BODY}\r\n0\r\n\r\n"),
    "chunk with plus": chunked(f"+d\r\n{BODY}\r\n0\r\n\r\n"),
    "chunk negative": chunked(f"-d\r\n{BODY}\r\n0\r\n\r\n"),
    "chunk that overflows": chunked(f"1000000000000000d\r\n{BODY}\r\n0\r\n\r\n"),
    "chunk with leading zeros": chunked(f"000d\r\n{BODY}\r\n0\r\n\r\n"),
    "chunk with space before": chunked(f" d\r\n{BODY}\r\n0\r\n\r\n"),
    "chunk with space after": chunked(f"d \r\n{BODY}\r\n0\r\n\r\n"),
    "chunk with garbage": chunked(f"dg\r\n{BODY}\r\n0\r\n\r\n"),
    "chunk without size": chunked(f"\r\n{BODY}\r\n0\r\n\r\n"),
    "chunk with bare LF": chunked(f"d\n{BODY}\n0\n\n"),
    "chunk with extension": chunked(f'd;a="b;c";d\r\n{BODY}\r\n0\r\n\r\n'),
    "chunk extension with LF inside": chunked(f"d;a\nb\r\n{BODY}\r\n0\r\n\r\n"),
    "chunk longer than its size": chunked(f"c\r\n{BODY}\r\n0\r\n\r\n"),
    "chunk with endless extension": [chunked("d;"), ("x", 70000), f"\r\n{BODY}\r\n0\r\n\r\n"],
    "chunks cut short": chunked(f"d\r\n{BODY[:5]}"),
    "chunks without end": chunked(f"d\r\n{BODY}\r\n"),
    "trailer": chunked(f"d\r\n{BODY}\r\n0\r\nX: y\r\n\r\n"),
    "trailers without number": [chunked(f"d\r\n{BODY}\r\n0\r\n"), ("X: y\r\n", 20000), "\r\n"],
    "trailer that is a length": chunked(f"d\r\n{BODY}\r\n0\r\nContent-Length: 3\r\n\r\n"),
    "bare LF for every line": (PING + "\r\n").replace("\r\n", "\n"),
    "bare LF for one line": "GET /_ping HTTP/1.1\nHost: docker\r\n\r\n",
    "bare CR in a value": PING + "X: a\rb\r\n\r\n",
    "CR CR LF": PING.replace("\r\n", "\r\r\n", 1) + "\r\n",
    "NUL in a value": PING + "X: a\0b\r\n\r\n",
    "NUL in a name": PING + "X\0: a\r\n\r\n",
    "control character in a value": PING + "X: a\1b\r\n\r\n",
    "upper half in a value": PING + "X: \xe9\r\n\r\n",
    "upper half in a name": PING + "X\xe9: a\r\n\r\n",
    "folded line": PING + "X: a\r\n b\r\n\r\n",
    "first field folded": "GET /_ping HTTP/1.1\r\n Host: docker\r\n\r\n",
    "space before colon": PING + "X : a\r\n\r\n",
    "name empty": PING + ": a\r\n\r\n",
    "field without colon": PING + "X\r\n\r\n",
    "Host missing": "GET /_ping HTTP/1.1\r\n\r\n",
    "Host twice": PING + "Host: docker\r\n\r\n",
    "Host empty": "GET /_ping HTTP/1.1\r\nHost:\r\n\r\n",
    "Host with a space": "GET /_ping HTTP/1.1\r\nHost: a b\r\n\r\n",
    "Host with a slash": "GET /_ping HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "HTTP/1.0 without Host": "GET /_ping HTTP/1.0\r\n\r\n",
    "HTTP/1.0 kept alive": "GET /_ping HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" * 2,
    "HTTP/0.9": "GET /_ping\r\n\r\n",
    "HTTP/1.2": PING.replace("HTTP/1.1", "HTTP/1.2") + "\r\n",
    "HTTP/2.0": PING.replace("HTTP/1.1", "HTTP/2.0") + "\r\n",
    "HTTP/11.1": PING.replace("HTTP/1.1", "HTTP/11.1") + "\r\n",
    "version in small letters": PING.replace("HTTP/1.1", "http/1.1") + "\r\n",
    "HTTP/2 preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0",
    "TLS hello": "\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x03" + "r" * 32 + "\x00\x00\x04\x13\x01\x00\xff\x01\x00\r\n\r\n",
    "absolute target": "GET http://elsewhere/_ping HTTP/1.1\r\nHost: docker\r\n\r\n",
    "absolute target, https": "GET https://elsewhere/_ping HTTP/1.1\r\nHost: docker\r\n\r\n",
    "target without slash": "GET _ping HTTP/1.1\r\nHost: docker\r\n\r\n",
    "target *": "OPTIONS * HTTP/1.1\r\nHost: docker\r\n\r\n",
    "target of CONNECT": "CONNECT elsewhere:443 HTTP/1.1\r\nHost: docker\r\n\r\n",
    "target with fragment": "GET /_ping#x HTTP/1.1\r\nHost: docker\r\n\r\n",
    "target with upper half": "GET /_ping?\xe9 HTTP/1.1\r\nHost: docker\r\n\r\n",
    "target with bad escape": "GET /_ping%zz HTTP/1.1\r\nHost: docker\r\n\r\n",
    "target with encoded NUL": "GET /_ping%00 HTTP/1.1\r\nHost: docker\r\n\r\n",
    "target with dots": "GET /v1.41/../_ping HTTP/1.1\r\nHost: docker\r\n\r\n",
    "target with doubled slash": "GET //_ping HTTP/1.1\r\nHost: docker\r\n\r\n",
    "two spaces in the request line": "GET  /_ping HTTP/1.1\r\nHost: docker\r\n\r\n",
    "tab in the request line": "GET\t/_ping HTTP/1.1\r\nHost: docker\r\n\r\n",
    "space in the target": "GET /_ping a HTTP/1.1\r\nHost: docker\r\n\r\n",
    "method of other characters": "G@T /_ping HTTP/1.1\r\nHost: docker\r\n\r\n",
    "method in small letters": "get /_ping HTTP/1.1\r\nHost: docker\r\n\r\n",
    "empty line before": "\r\n" + PING + "\r\n",
    "two empty lines before": "\r\n\r\n" + PING + "\r\n",
    "expectation unknown": body("Content-Length: 13\r\nExpect: miracles\r\n"),
    "expectation of a body": body("Content-Length: 13\r\nExpect: 100-continue\r\n"),
    "one field of 100 KB": [PING + "X: ", ("a", 100_000), "\r\n\r\n"],
    "one field of 2 MB": [PING + "X: ", ("a", 2_000_000), "\r\n\r\n"],
    "100 fields": [PING, ("X: a\r\n", 100), "\r\n"],
    "2000 fields": [PING, ("X: a\r\n", 2000), "\r\n"],
    "request line of 100 KB": ["GET /_ping?", ("a", 100_000), " HTTP/1.1\r\nHost: docker\r\n\r\n"],
    "GET with a body": "GET /_ping HTTP/1.1\r\nHost: docker\r\nContent-Length: 5\r\n\r\nhello" + PING + "\r\n",
    "smuggled behind a length of zero": body("Content-Length: 0\r\n", PING + "\r\n"),
    "three in one write": (PING + "\r\n") * 3,
}


def talk(path, request):
    """The statuses that come back, in order; 100 Continue left out."""
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(10)
    s.connect(path)
    answer = b""
    try:
        s.sendall("".join(text * times for text, times in request).encode("latin-1"))
        s.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    try:
        while part := s.recv(65536):
            answer += part
    except OSError:
        pass
    return statuses(answer)


def statuses(answer):
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answer) if status != b"100"]


if __name__ == "__main__":
    for name, shape in SHAPES.items():
        request = [(piece, 1) if isinstance(piece, str) else piece for piece in ([shape] if isinstance(shape, str) else shape)]
        print(json.dumps({"name": name, "request": request, "docker": talk(sys.argv[1], request)}))
