import { Argument, type Command } from 'commander';
import { exitCodes } from '../../errors.js';
import type { CliContext, Finish } from '../context.js';

const scripts = {
  bash: async () => (await import('./bash.js')).bashScript,
  zsh: async () => (await import('./zsh.js')).zshScript,
  fish: async () => (await import('./fish.js')).fishScript,
};

/** `littlefirst completion`: a script that a shell completes by, with the names of this version in it. */
export function addCompletion(command: Command, context: CliContext, finish: Finish): void {
  command
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(scripts)))
    .addHelpText(
      'after',
      `
  bash   littlefirst completion bash > ~/.local/share/bash-completion/completions/littlefirst
  zsh    littlefirst completion zsh > "\${fpath[1]}/_littlefirst"
  fish   littlefirst completion fish > ~/.config/fish/completions/littlefirst.fish`,
    )
    .action(async (shell: keyof typeof scripts) => {
      const [{ treeOf }, { shippedNames }, script] = await Promise.all([
        import('./tree.js'),
        import('../../library/index.js'),
        scripts[shell](),
      ]);
      context.out.write(script(treeOf(command.parent ?? command, await shippedNames())));
      finish(exitCodes.pass);
    });
}
