const RANDOM = 'A map that is different each time it is read would change machines: write the value down.';
const AS_A_STATE = 'A map has no use for it.';
const OUTSIDE = 'Templates are rendered here without asking the system or the network: write the value down.';
const ADDRESSES = 'Addresses are not calculated here: write them down, or put them together with `~`.';
const DATES = 'Dates are not calculated here: write the text down.';
const CHANGES = 'Use `{% do x.update({…}) %}` or `{% do x.append(…) %}`.';

/** What Salt has and a map must not or need not, and what to do. */
export const REFUSED: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['random', 'random_hash', 'random_sample', 'random_shuffle', 'random_str', 'rand_str', 'gen_mac'].map((it) => [
      it,
      RANDOM,
    ]),
  ),
  ...Object.fromEntries(
    [
      'which',
      'list_files',
      'file_hashsum',
      'is_empty',
      'is_bin_file',
      'is_text_file',
      'get_uid',
      'http_query',
      'dns_check',
    ].map((it) => [it, OUTSIDE]),
  ),
  ...Object.fromEntries(
    ['ipaddr', 'ipv4', 'ipv6', 'ip_host', 'network_hosts', 'network_size', 'filter_by_networks'].map((it) => [
      it,
      ADDRESSES,
    ]),
  ),
  json_query: 'Use `selectattr`, `map` or `traverse`.',
  dict_to_sls_yaml_params: AS_A_STATE,
  strftime: DATES,
  date_format: DATES,
  ...Object.fromEntries(
    ['append_dict_key_value', 'extend_dict_key_value', 'set_dict_key_value', 'update_dict_key_value'].map((it) => [
      it,
      CHANGES,
    ]),
  ),
};
