import type { ScalarTag, Tags } from 'yaml';

/**
 * YAML 1.1 as Salt's own loader reads it. It is narrower than the standard: `y` and `n`, `08`, `1e3` and dates are text. Sources:
 * PyYAML's resolver, and salt/utils/yamlloader.py (3006).
 */
export function saltTags(tags: Tags): Tags {
  return tags.flatMap((tag): Tags => {
    if (typeof tag === 'string' || tag.collection !== undefined) return [tag];
    if (tag.tag === 'tag:yaml.org,2002:timestamp') return [];
    const known = WRITTEN[tag.tag];
    if (known === undefined || tag.test === undefined) return [tag];
    const test = tag.format === 'EXP' ? EXPONENT : tag.test;
    return [{ ...tag, test: new RegExp(`^(?=${known}$)${test.source}`), ...(tag.format === 'OCT' && notOctal(tag)) }];
  });
}

/** What alone is a word or a number, by tag. */
const WRITTEN: Readonly<Record<string, string>> = {
  'tag:yaml.org,2002:bool': '(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)',
  'tag:yaml.org,2002:int': '[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][\\d_]*|0x[\\da-fA-F_]+|[1-9][\\d_]*(?::[0-5]?\\d)+)',
  'tag:yaml.org,2002:float':
    '(?:[-+]?\\d[\\d_]*\\.[\\d_]*(?:[eE][-+]\\d+)?|\\.\\d[\\d_]*(?:[eE][-+]\\d+)?|[-+]?\\d[\\d_]*(?::[0-5]?\\d)+\\.[\\d_]*|[-+]?\\.(?:inf|Inf|INF)|\\.(?:nan|NaN|NAN))',
};

const EXPONENT = /^[-+]?(?:\d[\d_]*)?\.[\d_]*[eE][-+]\d+$/;

/** Leading zeros are dropped: `017` is seventeen. Behind a sign they are not. */
function notOctal({ resolve }: ScalarTag): Partial<ScalarTag> {
  return {
    resolve: (written, onError, options) =>
      written.startsWith('0')
        ? whole(written.replaceAll('_', ''), options.intAsBigInt)
        : resolve?.(written, onError, options),
  };
}

function whole(digits: string, asBigInt: boolean | undefined): number | bigint {
  return asBigInt ? BigInt(digits) : Number(digits);
}
