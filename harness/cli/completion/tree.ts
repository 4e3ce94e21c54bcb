import type { Argument, Command, Option } from 'commander';

/** What may stand in a place: words, files, or both. */
export interface Values {
  words: readonly string[];
  files?: 'files' | 'folders';
}

export interface OptionNode {
  /** With their dashes, e.g. `--board`. */
  flags: string[];
  description: string;
  /** Absent: the option takes no value. */
  values?: Values;
}

/** A command as a shell completes it. */
export interface CommandNode {
  /** `[]` is the program itself, `['model', 'inspect']` a command of a command. */
  path: string[];
  commands: { name: string; description: string }[];
  options: OptionNode[];
  /** In their order; the last one again and again where it takes several. */
  arguments: Values[];
}

/** Names that values are completed to. */
export interface Names {
  boards: readonly string[];
  chips: readonly string[];
  bundles: readonly string[];
  benches: readonly string[];
  strategies: readonly string[];
}

/** What an option's or an argument's value is, by what it is called. */
function valuesOf(name: string, choices: readonly string[] | undefined, names: Names): Values {
  if (choices !== undefined) return { words: choices };
  switch (name) {
    case 'board':
      return { words: names.boards };
    case 'chip':
      return { words: names.chips, files: 'files' };
    case 'strategy':
      return { words: ['all', ...names.strategies] };
    case 'bundle':
      return { words: names.bundles, files: 'folders' };
    case 'path':
      return { words: names.bundles, files: 'files' };
    case 'bench':
    case 'benches':
    case 'from':
      return { words: names.benches, files: 'files' };
    case 'data':
      return { words: ['synthetic', 'uci-har', 'hapt'], files: 'folders' };
    case 'level':
    case 'windows':
      return { words: ['all'] };
    case 'out':
    case 'run':
    case 'baseline':
    case 'candidates':
    case 'dir':
    case 'models':
    case 'resume':
      return { words: [], files: 'folders' };
    default:
      return { words: [], files: 'files' };
  }
}

const optionOf = (option: Option, names: Names): OptionNode => ({
  flags: [option.short, option.long].filter(flag => flag !== undefined && flag !== null),
  description: option.description,
  values:
    option.required || option.optional
      ? valuesOf(option.attributeName(), option.argChoices, names)
      : undefined,
});

const argumentOf = (argument: Argument, names: Names): Values =>
  valuesOf(argument.name(), argument.argChoices, names);

/** The command and all that are below it. */
export function treeOf(command: Command, names: Names, path: string[] = []): CommandNode[] {
  const inherited: OptionNode[] = [{ flags: ['--help'], description: 'display help for command' }];
  const node: CommandNode = {
    path,
    commands: command.commands.map(one => ({ name: one.name(), description: one.description() })),
    options: [...command.options.map(option => optionOf(option, names)), ...inherited],
    arguments: command.registeredArguments.map(argument => argumentOf(argument, names)),
  };
  return [node, ...command.commands.flatMap(one => treeOf(one, names, [...path, one.name()]))];
}
