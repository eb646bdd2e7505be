import type { Client } from '../../../client/client.ts';
import { ApiError } from '../../../client/error.ts';
import { CliError } from '../../base/errors.ts';

const SHOWN = 6;

/** Runs what names an image; when that one is not known, the error names those of the provider that are called like it. */
export async function explainImage<T>(client: Client, provider: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ApiError) || error.field !== 'image') throw error;
    const likely = await imagesLike(client, provider, error.message);
    if (likely.length === 0) throw error;
    const hint = `Its images of that family: ${likely.join(', ')}. All: salt-cloud --list-images ${provider}`;
    throw new CliError(error.code, error.message, { hint });
  }
}

/** Labels, or names, of images that share a word with what was asked for. */
async function imagesLike(client: Client, provider: string, message: string): Promise<string[]> {
  const { items } = await client.request('GET', '/v1/providers/{provider}/images', { params: { provider } });
  const asked = new Set(wordsOf(message));
  const family = items.filter(({ name }) => wordsOf(name).some((word) => asked.has(word)));
  return [...new Set(family.map(({ name, label }) => label ?? name))].slice(0, SHOWN);
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[a-z]{4,}/g) ?? [];
}
