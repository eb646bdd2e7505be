import type { Call } from '../../base/verb.ts';
import type { SaltLog } from './log.ts';
import type { MainConfig } from './main-config.ts';
import type { Data } from './output/data.ts';
import type { Parsed } from './parse.ts';

/** One run of the command. */
export interface Session {
  readonly parsed: Parsed;
  readonly main: MainConfig;
  /** Salt's configuration directory. */
  readonly directory: string;
  readonly log: SaltLog;
  readonly call: Call;
}

/** What a command found out or did. */
export interface Answer {
  /** Null when there is nothing to print. */
  readonly data: Data;
  /** Of the first thing that went wrong, 0 when nothing did. */
  readonly code: number;
  /** Nothing was done at all: an error in Salt, too. */
  readonly refused?: true;
}

export type Command = (session: Session) => Promise<Answer>;
