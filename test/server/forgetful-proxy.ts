import { createServer, request, type Server } from 'node:http';
import { afterAll } from '@jest/globals';

/** Passes requests on to a server, and loses answers. */
export interface ForgetfulProxy {
  url: string;
  /** How many answers were lost. */
  lost(): number;
  /** What was asked, in order. */
  asked: string[];
}

const proxies = new Set<Server>();

afterAll(() => {
  for (const proxy of proxies) {
    proxy.close();
    proxy.closeAllConnections();
  }
});

/** `loses` is asked for each request, once the server has answered it: true, and the connection ends without the answer. */
export async function forgetfulProxy(
  target: string,
  loses: (path: string, index: number) => boolean,
): Promise<ForgetfulProxy> {
  const asked: string[] = [];
  let lost = 0;
  const proxy = createServer((incoming, outgoing) => {
    const path = incoming.url ?? '';
    const index = asked.push(path) - 1;
    const { method, headers } = incoming;
    const passed = request(new URL(path, target), { method, headers }, (answer) => {
      if (loses(path, index)) {
        lost++;
        answer.resume();
        answer.once('end', () => incoming.socket.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => incoming.socket.destroy());
    incoming.pipe(passed);
  });
  proxies.add(proxy);
  const port = await listening(proxy);
  return {
    url: `http://127.0.0.1:${port}`,
    lost: () => lost,
    asked,
  };
}

/** The port that it got. */
export function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
