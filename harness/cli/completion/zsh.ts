import { quoted } from './bash.js';
import type { CommandNode, Values } from './tree.js';

const placeOf = ({ path }: CommandNode): string => path.map(name => ` ${name}`).join('');

/** `name:description` as _describe wants it: colons of the name escaped. */
const described = (name: string, description: string): string =>
  quoted(`${name.replaceAll(':', '\\:')}:${description}`);

function fill({ words, files }: Values): string {
  const add = words.length > 0 ? [`compadd -- ${words.map(quoted).join(' ')}`] : [];
  const paths = files === undefined ? [] : [files === 'files' ? '_files' : '_files -/'];
  return [...add, ...paths].join('; ') || ':';
}

const optionCases = (node: CommandNode): string[] =>
  node.options.flatMap(({ flags, values }) =>
    values === undefined
      ? []
      : [
          `    (${flags.map(flag => quoted(`${placeOf(node)} ${flag}`)).join('|')}) ${fill(values)}; return ;;`,
        ],
  );

function placeCase(node: CommandNode): string {
  const flags = node.options.flatMap(option => option.flags.map(flag => described(flag, option.description)));
  const commands = node.commands.map(({ name, description }) => described(name, description));
  const [first = { words: [] }] = node.arguments;
  const values =
    commands.length > 0 ? `list=(${commands.join(' ')}); _describe -t commands command list` : fill(first);
  return `    (${quoted(placeOf(node))})
      if [[ $PREFIX == -* ]]; then list=(${flags.join(' ')}); _describe -t options option list
      else ${values}; fi ;;`;
}

/** A script for zsh with its own completion system (compinit). */
export function zshScript(nodes: readonly CommandNode[]): string {
  const places = nodes.slice(1).map(node => quoted(placeOf(node)));
  return `#compdef littlefirst
# zsh completion of littlefirst: put this file as _littlefirst into a folder of $fpath
_littlefirst() {
  local place='' i
  local -a list
  for ((i = 2; i < CURRENT; i++)); do
    case "$place \${words[i]}" in
    (${places.join('|')}) place="$place \${words[i]}" ;;
    esac
  done
  case "$place \${words[CURRENT-1]}" in
${nodes.flatMap(optionCases).join('\n')}
  esac
  case "$place" in
${nodes.map(placeCase).join('\n')}
  esac
}
if [[ \${funcstack[1]} == _littlefirst ]]; then _littlefirst "$@"; else compdef _littlefirst littlefirst; fi
`;
}
