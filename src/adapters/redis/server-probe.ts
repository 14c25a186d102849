import { connect } from 'node:net';

/**
 * What answers on a unix socket: `ready` serves, `loading` still reads its data, `absent` = nobody listens, `silent` = somebody listens
 * and says nothing in time (stopped, or too busy), `other` = something that is no redis, or one that wants a password.
 */
type Presence = 'ready' | 'loading' | 'absent' | 'silent' | 'other';

/** One PING over a connection of its own. */
export function probe(socket: string, withinMs = 1_000): Promise<Presence> {
  return new Promise<Presence>((resolve) => {
    const connection = connect(socket);
    const answer = (presence: Presence): void => {
      connection.destroy();
      resolve(presence);
    };
    connection.setTimeout(withinMs, () => answer('silent'));
    connection.once('error', () => answer('absent'));
    connection.once('close', () => answer('absent'));
    connection.once('data', (data) => answer(presenceOf(data.toString('latin1'))));
    connection.once('connect', () => connection.write('PING\r\n'));
  });
}

function presenceOf(reply: string): Presence {
  if (reply.startsWith('+PONG')) return 'ready';
  return reply.startsWith('-LOADING') ? 'loading' : 'other';
}
