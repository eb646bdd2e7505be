import type { Verb } from '../base/verb.ts';

export const verb: Verb = {
  summary: 'Make a token for the API over TCP. It is printed once.',
  args: '<name>',
  options: [
    { flags: '--role <role>', description: 'what it may do', choices: ['read', 'operate', 'admin'], default: 'read' },
    { flags: '--expires-in <duration>', description: 'how long it works', default: '90d' },
  ],
  examples: ['token create ci --role operate --expires-in 30d'],
  async run({ client, args: [name = ''], options, stdout }) {
    const api = await client();
    const role = options.text('role') as 'read';
    const body = { name, role, expiresIn: options.text('expiresIn') ?? '90d' };
    const { token } = await api.request('POST', '/v1/tokens', { body });
    stdout.write(`${token}\n`);
    return 0;
  },
};
