import type { CommandNode, Values } from './tree.js';

/** In single quotes of a shell of Bourne's kind. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const placeOf = ({ path }: CommandNode): string => path.map(name => ` ${name}`).join('');

function fill({ words, files }: Values): string {
  const lines = words.length > 0 ? [`words=${quoted(words.join(' '))}`] : [];
  return [...lines, ...(files === undefined ? [] : [`files=${files}`])].join('; ') || ':';
}

/** Values of options, each by the command and the flags before them. */
const optionCases = (node: CommandNode): string[] =>
  node.options.flatMap(({ flags, values }) =>
    values === undefined
      ? []
      : [
          `    ${flags.map(flag => quoted(`${placeOf(node)} ${flag}`)).join('|')}) ${fill(values)}; isValue=1 ;;`,
        ],
  );

/** Commands, options and arguments of a command. */
function placeCase(node: CommandNode): string {
  const flags = node.options.flatMap(option => option.flags);
  const own: Values = { words: node.commands.map(({ name }) => name) };
  const [first = own] = node.arguments;
  const values = node.commands.length > 0 ? own : first;
  return `    ${quoted(placeOf(node))}) flags=${quoted(flags.join(' '))}; ${fill(values)} ;;`;
}

/** A script for bash 4 and later, which needs no other package. */
export function bashScript(nodes: readonly CommandNode[]): string {
  const places = nodes.slice(1).map(node => quoted(placeOf(node)));
  return `# bash completion of littlefirst: source this file, or put it into ~/.local/share/bash-completion/completions/littlefirst
_littlefirst() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  local place='' flags='' words='' files='' isValue='' word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$place \${COMP_WORDS[i]}" in
    ${places.join('|')}) place="$place \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$place $prev" in
${nodes.flatMap(optionCases).join('\n')}
  esac
  if [[ -z $isValue ]]; then
    case "$place" in
${nodes.map(placeCase).join('\n')}
    esac
    if [[ $cur == -* ]]; then words=$flags files=''; fi
  fi
  COMPREPLY=()
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(
    compgen -W "$words" -- "$cur"
    if [[ $files == files ]]; then compgen -f -- "$cur"; fi
    if [[ $files == folders ]]; then compgen -d -- "$cur"; fi
  )
  if [[ -n $files ]]; then compopt -o filenames 2>/dev/null; fi
}
complete -F _littlefirst littlefirst
`;
}
