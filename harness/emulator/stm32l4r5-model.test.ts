import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { loadChip } from '../measure/chip/profile.js';
import { packagePath } from '../package-root.js';

interface Step {
  step: string;
  hclk: number;
  stops: number;
  sent: number;
  ticks: number;
  broken: string[];
}

/** The port's sources compiled for the host against the model of its registers (firmware/port-model). */
class PortModel {
  private constructor(readonly folder: string) {}

  /** @param mutate changes the port's sources, each by its file name */
  static async build(mutate: (file: string, text: string) => string = (_, text) => text): Promise<PortModel> {
    const folder = await mkdtemp(join(tmpdir(), 'littlefirst-port-'));
    for (const part of ['core', 'port-model', 'ports/stm32l4r5'])
      await cp(packagePath('firmware', part), join(folder, part), { recursive: true });
    for (const file of ['board.c', 'clocks.c', 'timer.c']) {
      const path = join(folder, 'ports/stm32l4r5', file);
      await writeFile(path, mutate(file, await readFile(path, 'utf8')));
    }
    const sources = ['board.c', 'clocks.c', 'timer.c', 'timer_count.c'].map(
      file => `ports/stm32l4r5/${file}`,
    );
    await execa(
      'gcc',
      [
        ...['-std=c11', '-O1', '-DPORT_BLOB_ADDRESS=0x08040000', '-include', 'port-model/model.h'],
        ...['-Iport-model', '-Icore', '-Iports/stm32l4r5', '-o', 'model'],
        ...['port-model/stm32l4r5.c', 'port-model/stm32l4r5-main.c', ...sources],
      ],
      { cwd: folder },
    );
    return new PortModel(folder);
  }

  async run(...args: string[]): Promise<Step[]> {
    const { stdout } = await execa('./model', args, { cwd: this.folder, timeout: 20_000 });
    return stdout
      .split('\n')
      .filter(line => line.startsWith('{"step"'))
      .map(line => JSON.parse(line) as Step);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

const brokenIn = (steps: readonly Step[]) => [...new Set(steps.flatMap(({ broken }) => broken))];

if (!(await execa('gcc', ['--version'], { reject: false })).failed)
  describe('stm32l4r5 port against a model of its registers', function () {
    this.timeout(60_000);
    let port: PortModel;
    before(async () => {
      port = await PortModel.build();
    });
    after(() => port.remove());

    it('keeps the rules of the manual from each level of the chip profile to each other, and reads it back', async () => {
      const chip = await loadChip('stm32l4r5');
      const levels = chip.levels.map(level => level.registers.stm32l4r5);
      const steps = await port.run(...levels.map(words => words.join(',')));
      expect(brokenIn(steps)).to.deep.equal([]);
      expect(steps.filter(({ step }) => step.startsWith('level '))).to.have.length(2 * levels.length ** 2);
      for (const { registers, hertz, millivolts } of chip.levels) {
        const words = registers.stm32l4r5.join(' ');
        const told = `level ${words}: set, ${hertz.value} Hz, ${millivolts.value} mV, reads ${words}`;
        const set = steps.filter(({ step }) => step.startsWith(`level ${words}:`));
        expect([...new Set(set.map(({ step }) => step))]).to.deep.equal([told]);
        expect([...new Set(set.map(({ hclk }) => hclk))]).to.deep.equal([hertz.value]);
      }
    });

    it('stops between windows only where it is long enough, and comes back to its clock', async () => {
      const steps = await port.run('0,6,60,2', '2,9,0,0');
      const of = (name: string) => steps.filter(({ step }) => step === name);
      expect([...new Set(of('short idle').map(({ stops }) => stops))]).to.deep.equal([0]);
      expect([...new Set(of('long idle').map(({ stops }) => stops))]).to.deep.equal([1]);
      expect(of('long idle')[0]).to.include({ hclk: 120_000_000, ticks: 171 });
    });

    it('sends by DMA, and takes the SMPS only where one is fitted, without Stop 2', async () => {
      const steps = await port.run('3,6,40,2', '0,6,60,2');
      expect(brokenIn(steps)).to.deep.equal([]);
      expect(steps.find(({ step }) => step === 'line')).to.include({ sent: 200 });
      const smps = steps.findIndex(({ step }) => step.startsWith('level 3 6 40 2: set, 80000000 Hz'));
      expect(smps).to.be.at.least(0);
      expect(steps.slice(smps).find(({ step }) => step === 'long idle')).to.include({ stops: 0 });
      const without = await port.run('no-smps', '3,6,40,2', '1,11,0,0');
      expect(brokenIn(without)).to.deep.equal([]);
      expect(without.some(({ step }) => step.startsWith('level 3 6 40 2: refused'))).to.equal(true);
    });

    it('refuses words outside the limits', async () => {
      const bad = [
        '1,6,60,2',
        '2,11,0,0',
        '0,6,128,2',
        '0,6,60,3',
        '0,11,40,2',
        '0,12,0,0',
        '4,6,0,0',
        '2,6,40,8',
      ];
      for (const words of bad) {
        const steps = await port.run(words);
        expect(steps[1].step, words).to.contain('refused');
        expect(brokenIn(steps), words).to.deep.equal([]);
      }
    });

    const mutations: [rule: string, file: string, from: string, to: string][] = [
      ['Stop 2 without RRSTP: SRAM3 loses its content', 'timer.c', ' | CR1_RRSTP', ''],
      [
        'clock switched from or to above 80 MHz without a step at half speed',
        'clocks.c',
        'change(RCC_CFGR, CFGR_HPRE_MASK, CFGR_HPRE_HALF);',
        '',
      ],
      ['core faster than voltage or wait states allow', 'clocks.c', '  set_voltage(voltage);\n', ''],
      ['core faster than voltage or wait states allow', 'clocks.c', '  set_wait_states(', '  (void)('],
      [
        'system clock set to a PLL that is not ready',
        'clocks.c',
        '  wait_for(RCC_CR, CR_PLLRDY, CR_PLLRDY);\n',
        '',
      ],
      ['PLL configured while it runs', 'clocks.c', '  wait_for(RCC_CR, CR_PLLRDY, 0);\n', ''],
      ['half speed left before 1 us', 'clocks.c', 'i < HALF_SPEED_READS', 'i < 2'],
      ['PG7 and PG8 used without VDDIO2', 'board.c', 'REGISTER(PWR_CR2) |= CR2_IOSV;', ''],
      ['LPTIM started before ARR was taken', 'timer.c', '(REGISTER(LPTIM_ISR) & LPTIM_ARROK) == 0', '0'],
    ];
    for (const [rule, file, from, to] of mutations)
      it(`would notice: ${rule} (${file} without ${from.trim().slice(0, 40)})`, async () => {
        let count = 0;
        const mutant = await PortModel.build((name, text) => {
          if (name !== file || !text.includes(from)) return text;
          count += 1;
          return text
            .replaceAll(from, to)
            .replaceAll('static void set_wait_states', '__attribute__((unused)) static void set_wait_states');
        });
        try {
          expect(count).to.equal(1);
          expect(brokenIn(await mutant.run('0,6,60,2', '2,9,0,0'))).to.include(rule);
        } finally {
          await mutant.remove();
        }
      });
  });
