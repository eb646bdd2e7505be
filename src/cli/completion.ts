import type { Verb } from './base/verb.ts';
import { nouns, topVerbs } from './nouns.ts';

export const verb: Verb = {
  summary: 'Print shell completion for bash (also read by zsh with bashcompinit).',
  examples: ['completion > ~/.local/share/bash-completion/completions/saltern'],
  async run({ stdout }) {
    const firsts = [...Object.keys(nouns), ...Object.keys(topVerbs), 'version'].join(' ');
    const seconds = Object.entries(nouns)
      .map(([noun, { verbs }]) => `    ${noun}) words="${Object.keys(verbs).join(' ')}" ;;\n`)
      .join('');
    stdout.write(`_saltern() {
  local words="" current="\${COMP_WORDS[COMP_CWORD]}"
  if [ "$COMP_CWORD" -eq 1 ]; then words="${firsts}"
  elif [ "$COMP_CWORD" -eq 2 ]; then case "\${COMP_WORDS[1]}" in
${seconds}  esac
  elif [ "\${COMP_WORDS[1]}" = machine ]; then words="$(saltern machine list -o name 2>/dev/null)"
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _saltern saltern
`);
    return 0;
  },
};
