import type { SshKeyControl } from '../../core/driver.ts';
import { SalternError } from '../../core/error.ts';
import { Nothing } from './client.ts';
import type { Context } from './context.ts';
import { orNull } from './errors.ts';
import { SshKey, SshKeyPage } from './schema.ts';

const PATH = '/iam/v1alpha1/ssh-keys';

/** Keys of the project: Scaleway puts all that are not disabled on every Instance at boot. Source: IAM v1alpha1. */
export function createSshKeys(context: Context): SshKeyControl {
  const { client } = context;

  async function keys(signal?: AbortSignal): Promise<SshKey[]> {
    const project = await context.account.project(signal);
    return client.all(
      {
        path: PATH,
        query: { project_id: project },
        style: 'page_size',
        answer: SshKeyPage,
        page: ({ ssh_keys, total_count }) => ({ items: ssh_keys, total: total_count }),
        id: ({ id }) => id,
      },
      signal,
    );
  }

  return {
    async *list(signal) {
      for (const { id, name, public_key } of await keys(signal)) yield { id, name, publicKey: public_key };
    },
    async ensure(name, publicKey, signal) {
      const present = await keys(signal);
      if (present.some((key) => !key.disabled && keyPart(key.public_key) === keyPart(publicKey))) return;
      if (present.some((key) => key.name === name)) {
        throw new SalternError('conflict', `an SSH key named ${name} is there with another value`, {
          hint: 'Choose another name, or destroy that key first.',
        });
      }
      const json = { name, public_key: publicKey.trim(), project_id: await context.account.project(signal) };
      await client.call({ method: 'POST', path: PATH, json, answer: SshKey }, signal);
    },
    async destroy(name, signal) {
      for (const key of await keys(signal)) {
        if (key.name !== name) continue;
        await orNull(key.id, client.call({ method: 'DELETE', path: `${PATH}/${key.id}`, answer: Nothing }, signal));
      }
    },
  };
}

/** Type and key without the comment. */
function keyPart(line: string): string {
  return line.trim().split(/\s+/).slice(0, 2).join(' ');
}
