#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Back-ends that read with parsers of others: parsers.py h11 PORT | node PORT.

Each tells one JSON line for each message that its parser has understood, and
one for each that it has refused: {"id", "method", "target", "fields", "body"}
or {"error", "raw"}.  node is the HTTP server of nodejs (llhttp, strict).
"""

import asyncio
import base64
import json
import sys

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

NODE = """
const http = require('http');
const tell = (o) => process.stdout.write(JSON.stringify(o) + '\\n');
const server = http.createServer({insecureHTTPParser: false, requireHostHeader: true,
    maxHeaderSize: 1 << 20, keepAliveTimeout: 60000}, (req, res) => {
	const parts = [];
	req.on('data', (part) => parts.push(part));
	req.on('end', () => {
		const fields = [];
		for (let i = 0; i < req.rawHeaders.length; i += 2)
			fields.push([req.rawHeaders[i], req.rawHeaders[i + 1]]);
		tell({method: req.method, target: req.url, fields: fields,
		    version: req.httpVersion, body: Buffer.concat(parts).toString('base64')});
		res.writeHead(200, {'Content-Length': '2'});
		res.end('ok');
	});
});
server.on('clientError', (error, socket) => {
	if (error.code !== 'ECONNRESET' && error.code !== 'HPE_INVALID_EOF_STATE')
		tell({error: error.code, raw: (error.rawPacket || '').toString('base64')});
	socket.destroy();
});
server.listen(parseInt(process.argv[1]), '127.0.0.1');
"""


def tell(**words):
    print(json.dumps(words), flush=True)


def take(conn, body):
    """The next message of conn, into body; True: one is complete."""
    import h11
    while True:
        event = conn.next_event()
        if event is h11.NEED_DATA or event is h11.PAUSED:
            return None
        if isinstance(event, h11.Request):
            body.append(event)
        elif isinstance(event, h11.Data):
            body.append(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage):
            return True
        elif isinstance(event, h11.ConnectionClosed):
            return False


def told(body):
    head = body[0]
    fields = [[n.decode("latin-1"), v.decode("latin-1")] for n, v in head.headers.raw_items()]
    tell(method=head.method.decode(), target=head.target.decode("latin-1"), fields=fields,
         version=head.http_version.decode(), body=base64.b64encode(b"".join(body[1:])).decode())


async def h11_connection(reader, writer):
    import h11
    conn, body, raw = h11.Connection(h11.SERVER, 1 << 20), [], b""
    try:
        while True:
            data = await reader.read(65536)
            raw += data
            conn.receive_data(data)
            while (state := take(conn, body)):
                told(body)
                writer.write(OK)
                # Our own answer ends the cycle, as far as h11 is concerned.
                conn.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
                conn.send(h11.EndOfMessage())
                if conn.our_state is not h11.DONE:
                    return
                conn.start_next_cycle()
                body, raw = [], b""
            if state is False or not data:
                return
    except h11.RemoteProtocolError as error:
        if data:
            tell(error=str(error), raw=base64.b64encode(raw).decode())
    except OSError:
        pass
    finally:
        writer.close()


async def h11_server(port):
    server = await asyncio.start_server(h11_connection, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    if sys.argv[1] == "h11":
        asyncio.run(h11_server(int(sys.argv[2])))
    import os
    os.execvp("nodejs", ["nodejs", "-e", NODE, sys.argv[2]])
