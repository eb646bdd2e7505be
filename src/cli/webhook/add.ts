import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { CliError } from '../base/errors.ts';
import type { Call, Verb } from '../base/verb.ts';

export const verb: Verb = {
  summary: `Send events to an address: one POST an event, JSON, in order, each at least once.

With a secret each request bears X-Saltern-Signature: sha256=HEX, the HMAC-SHA256 of "TIMESTAMP.BODY", where TIMESTAMP is X-Saltern-Timestamp. X-Saltern-Event-Id is the same when an event is sent again.`,
  args: '<name> <url>',
  options: [
    { flags: '-t, --type <pattern>', description: 'only events of this type, with * and ?', repeat: true },
    { flags: '--secret-file <file>', description: 'key of the signatures, from a file or from standard input (-)' },
    { flags: '--after <id>', description: 'begin after this event instead of now; 0 for the whole history' },
  ],
  examples: [
    "webhook add reactor https://hooks.example/saltern --type 'salt/cloud/*' --secret-file /etc/saltern/hook.key",
    'webhook add all http://127.0.0.1:8000/',
  ],
  async run(call) {
    const { args, options, stderr } = call;
    const [name = '', url = ''] = args;
    const secret = await secretOf(call);
    const after = options.text('after');
    const api = await call.client();
    const body = {
      name,
      url,
      types: options.list('type'),
      ...(secret !== null && { secret }),
      ...(after !== undefined && { after: Number(after) }),
    };
    await api.request('POST', '/v1/webhooks', { body });
    stderr.write(`Added ${name}. Try it: saltern webhook test ${name}\n`);
    return 0;
  },
};

async function secretOf({ options, cwd, stdin }: Call): Promise<string | null> {
  const file = options.text('secretFile');
  if (file === undefined) return null;
  const secret = (file === '-' ? await text(stdin) : read(resolve(cwd, file))).trim();
  if (secret === '') throw new CliError('invalid', 'the secret is empty', { where: `--secret-file ${file}` });
  return secret;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    const reason = thrown instanceof Error && 'code' in thrown ? thrown.code : thrown;
    throw new CliError('invalid', `${file} cannot be read (${reason})`);
  }
}
