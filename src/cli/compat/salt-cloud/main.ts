/** The command line of Salt Cloud. Ends the process with an exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const { run } = await import('./run.ts');
  process.exitCode = await run(argv);
}
