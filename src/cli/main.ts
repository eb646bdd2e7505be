import { version } from '../lib/version.ts';

/** The command line. Ends the process with an exit code from the table in core/error.ts. */
export async function main(argv: readonly string[]): Promise<void> {
  if (argv.length === 1 && (argv[0] === 'version' || argv[0] === '--version' || argv[0] === '-V')) {
    process.stdout.write(`saltern ${version}\n`);
    return;
  }
  // Salt Cloud's options are its own: they are not parsed as ours.
  if (argv[0] === 'salt-cloud') return (await import('./compat/salt-cloud/main.ts')).main(argv.slice(1));
  const { run } = await import('./run.ts');
  process.exitCode = await run(argv);
}
