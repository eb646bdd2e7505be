import { homedir } from 'node:os';
import { DRIVERS } from '../../client/generated.ts';
import type { LintReport } from '../../config/lint.ts';
import type { Finding, Group, Spot } from '../../config/lint-differences.ts';
import { type Color, paint } from '../base/color.ts';
import { terminal } from '../base/context.ts';
import { CliError } from '../base/errors.ts';
import { printObject } from '../base/output.ts';
import { plain } from '../base/text.ts';
import type { Verb } from '../base/verb.ts';
import { mapFlags } from '../bundle.ts';

export const verb: Verb = {
  summary:
    'Say on one page what is wrong in files of Salt Cloud or of ours, and what will be otherwise here. Saves nothing.',
  options: mapFlags,
  examples: ['config lint -c /etc/salt', 'config lint -f saltern.yaml', 'config lint -c . -m fleet.map -o json'],
  async run(call) {
    const { lintConfig } = await import('../../config/lint.ts');
    const [saltDir, map] = [call.options.text('configDir'), call.options.text('map')];
    const report = await lintConfig({
      files: [...call.options.list('file')],
      ...(saltDir !== undefined && { saltDir }),
      ...(map !== undefined && { map }),
      drivers: DRIVERS,
      cwd: call.cwd,
      env: call.env,
      home: homedir(),
    });
    if (report.files.length === 0 && report.findings.length === 0) {
      const hint = 'Name files with -f, or the directory of Salt Cloud with -c.';
      throw new CliError('not_found', 'there is no configuration', { hint });
    }
    if (call.out.format === 'table') call.stdout.write(page(report, terminal(call.stdout, call.env).colors, call.cwd));
    else await printObject(report, [], call.out);
    const errors = report.findings.filter(({ group }) => group === 'error').length;
    if (errors > 0) throw new CliError('invalid', `${counted(errors, 'error')} in the configuration`);
    return 0;
  },
};

const GROUPS: Readonly<Record<Group, readonly [title: string, color: Color]>> = {
  error: ['Errors: nothing is done before they are mended', 'red'],
  warning: ['Not done here', 'yellow'],
  deprecated: ['Old spellings, still understood', 'yellow'],
  difference: ['Otherwise than in Salt Cloud', 'cyan'],
};

function page(report: LintReport, colors: boolean, cwd: string): string {
  const { providers, profiles, maps, machines, findings } = report;
  const fleet = maps > 0 ? `, ${counted(maps, 'map')} with ${counted(machines, 'machine')}` : '';
  const read = `${counted(providers, 'provider')}, ${counted(profiles, 'profile')}${fleet}`;
  const sections = Object.entries(GROUPS).flatMap(([group, [title, color]]) => {
    const inside = findings.filter((finding) => finding.group === group);
    if (inside.length === 0) return [];
    return [`\n${paint(color, `${title} (${inside.length})`, colors)}\n${inside.map((it) => entry(it, cwd)).join('')}`];
  });
  const clean = sections.length === 0 ? '\nNothing to say.\n' : '';
  return `${read} in ${counted(report.files.length, 'file')}\n${sections.join('')}${clean}`;
}

/** A finding's message, where it is so, and what to do. */
function entry({ message, expected, nearest, hint, places }: Finding, cwd: string): string {
  const lines = [`  ${plain(message)}`];
  if (places.length > 0) lines.push(`      at ${where(places, cwd)}`);
  if (nearest) lines.push(`      did you mean "${plain(nearest)}"?`);
  else if (expected) lines.push(`      expected: ${plain(expected)}`);
  if (hint) lines.push(`      fix: ${plain(hint)}`);
  return `${lines.join('\n')}\n`;
}

const SHOWN = 4;

/** The first places, a file's name once. */
function where(places: readonly Spot[], cwd: string): string {
  let last = '';
  const shown = places.slice(0, SHOWN).map(({ file, line }) => {
    const name = file.startsWith(`${cwd}/`) ? file.slice(cwd.length + 1) : file;
    const text = line === 0 ? name : name === last ? `:${line}` : `${name}:${line}`;
    last = name;
    return text;
  });
  const more = places.length - SHOWN;
  return plain(`${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
