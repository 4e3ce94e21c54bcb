import type { CommandNode, Values } from './tree.js';

/** In single quotes of fish, where only the backslash and the quote are escaped. */
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

const placeOf = ({ path }: CommandNode): string => path.join(' ');
const at = (node: CommandNode): string => `-n ${quoted(`__littlefirst_at ${quoted(placeOf(node))}`)}`;

/** The words that a value is completed to; fish itself adds files, unless told not to (\`-f\`). */
function valuesText({ words, files }: Values): string {
  const list = words.length > 0 ? [quoted(words.join(' '))] : [];
  if (files === 'folders') list.push("'(__fish_complete_directories)'");
  return `${files === 'files' ? '-F' : '-f'}${list.map(text => ` -a ${text}`).join('')}`;
}

function lines(node: CommandNode): string[] {
  const head = `complete -c littlefirst ${at(node)}`;
  const options = node.options.map(({ flags, description, values }) => {
    const names = flags.map(flag => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
    const value = values === undefined ? '' : ` -r ${valuesText(values)}`;
    return `${head} ${names.join(' ')} -d ${quoted(description)}${value}`;
  });
  const commands = node.commands.map(
    ({ name, description }) => `${head} -f -a ${quoted(name)} -d ${quoted(description)}`,
  );
  const [first] = node.arguments;
  const values = first === undefined ? `${head} -f` : `${head} ${valuesText(first)}`;
  return [...options, ...(node.commands.length > 0 ? commands : [values])];
}

/** A script for fish 3 and later. */
export function fishScript(nodes: readonly CommandNode[]): string {
  const places = nodes.slice(1).map(node => quoted(placeOf(node)));
  return `# fish completion of littlefirst: put this file into ~/.config/fish/completions/littlefirst.fish
function __littlefirst_at
    set -l place ''
    for word in (commandline -opc)[2..-1]
        set -l next (string trim -- "$place $word")
        if contains -- $next ${places.join(' ')}
            set place $next
        end
    end
    test "$place" = "$argv[1]"
end
complete -c littlefirst -f
${nodes.flatMap(lines).join('\n')}
`;
}
