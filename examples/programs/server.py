"""Win-stay, lose-shift behind HTTP: folk run ... --agents "http://127.0.0.1:8900/,tit_for_tat"."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        own, other = asked["observation"]["own"], asked["observation"]["other"]
        stay, shift = asked["space"]["enum"]
        action = stay if not own or own[-1] == other[-1] else shift
        body = json.dumps({"id": asked["id"], "action": action}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Server).serve_forever()
