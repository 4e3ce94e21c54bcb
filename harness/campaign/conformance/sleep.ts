import { type Check, fail, pass, skip } from './finding.js';

export const sleep: Check = {
  name: 'sleep',
  title: 'sleeps while it waits for the line',
  look: 'port_sleep: WFI with interrupts masked; an interrupt that is always pending, or SysTick at a short period, keeps the core awake',
  run: async rig => {
    if (rig.emulated === undefined) return skip('whether the core sleeps, only a meter sees: see supply');
    for (const [index, { name }] of rig.prepared.boardLevels.entries()) {
      await rig.client.level(index);
      await rig.settle();
      rig.emulated.forget();
      await rig.ask('name');
      await rig.settle();
      const states = rig.emulated.events.filter(({ kind }) => kind === 'sleep' || kind === 'wake');
      if (states.at(-1)?.kind !== 'sleep') return fail(`${name}: the core waits for a command awake`);
    }
    return pass(`at ${rig.prepared.boardLevels.length} levels`);
  },
};
