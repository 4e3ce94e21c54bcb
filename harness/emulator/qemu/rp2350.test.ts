import { expect } from 'chai';
import { canTryPorts, PortTrial, type TriedPort } from '../../testing/boards/port-trial.js';

const port: TriedPort = {
  name: 'rp2350',
  /* The image definition must lie right behind the vector table. */
  sources: ['image_definition.c', 'board.c', 'clocks.c', 'sleep.c'],
  common: ['pl011.c'],
  blobAddress: 0x1004_0000,
  levels: 'hz=150000000:100000000:64000000:48000000:24000000',
  line: 'A',
  on: { machine: 'lm3s6965evb', core: 'cortex-m33', table: 'm33' },
};

if (await canTryPorts())
  describe('rp2350 port on a model of its chip', function () {
    this.timeout(300_000);
    let trial: PortTrial;
    before(async () => {
      trial = await PortTrial.build(port);
    });
    after(() => trial.remove());

    it('keeps the rules from each level to each other, sleeps beyond its watchdog, and is woken by the line', async () => {
      const { lines, broken, events } = await trial.run();
      expect(broken).to.equal(undefined);
      expect(lines.slice(0, 2)).to.deep.equal(['no reason', 'baud 1 1 0 1']);
      expect([...new Set(lines.filter(line => line.startsWith('level 1')))]).to.have.members([
        'level 1 11 125 1100 150000000',
        'level 1 9 100 1000 100000000',
        'level 1 7 64 900 64000000',
        'level 1 6 120 850 48000000',
        'level 1 5 70 800 24000000',
      ]);
      expect(lines.filter(line => line.startsWith('level'))).to.have.length(2 * 25 + 5);
      expect(lines.filter(line => line.startsWith('level 0'))).to.have.length(5);
      const idles = lines.filter(line => line.startsWith('idle')).map(line => line.split(' ').map(Number));
      expect(idles).to.have.length(2 * 25 + 1);
      for (const [, asked, passed] of idles) {
        expect(passed).to.be.at.least(asked);
        expect(passed).to.be.at.most(asked * 1.01 + 20);
      }
      const cycles = lines.filter(line => line.startsWith('cycles')).map(line => Number(line.split(' ')[1]));
      for (const count of cycles) expect(count).to.be.within(3000, 20_000);
      expect(Math.max(...cycles) - Math.min(...cycles)).to.be.at.most(0.05 * cycles[0]);
      expect(lines.slice(-2)).to.deep.equal(['heard 65', 'end']);
      const of = (kind: string) => events.filter(({ event }) => event === kind).map(({ value }) => value);
      expect(of('marker').slice(0, 4)).to.deep.equal([2, 0, 2, 0]);
      expect(new Set(of('level'))).to.deep.equal(new Set([0, 1, 2, 3, 4]));
      /* The ring oscillator after the reset; the crystal in each change of level and each long idle. */
      expect(new Set(of('clock'))).to.deep.equal(new Set([11_000_000, 12_000_000]));
      expect(of('elapse').filter(us => us > 19_000_000)).to.have.length(1);
    });

    const faults: [rule: RegExp, file: string, from: string, to: string][] = [
      [/finds no image definition/, 'image_definition.c', '0xab123579u', '0xab123578u'],
      [
        /PLL_SYS used in reset/,
        'board.c',
        'while ((REGISTER(RESETS_DONE) & blocks) != blocks) {',
        'while (0) {',
      ],
      [
        /isolation removed before its function/,
        'board.c',
        '  REGISTER(GPIO_CTRL(pin)) = function;\n  REGISTER(PAD(pin)) = pad | PAD_DRIVE_4MA | PAD_SCHMITT;',
        '  REGISTER(PAD(pin)) = pad | PAD_DRIVE_4MA | PAD_SCHMITT;\n  REGISTER(GPIO_CTRL(pin)) = function;',
      ],
      [
        /raised whose pad is isolated/,
        'board.c',
        'set_pin(PIN_MARKER1, GPIO_FUNCTION_SIO, 0);',
        'set_pin(PIN_MARKER1, GPIO_FUNCTION_SIO, PAD_ISOLATED);',
      ],
      [
        /post dividers switched on before it has locked/,
        'clocks.c',
        'PLL_CS_LOCK) == 0',
        'PLL_CS_LOCK) == 1',
      ],
      [
        /switched off while a clock runs from it/,
        'clocks.c',
        '  system_from_reference();\n  start_pll',
        '  start_pll',
      ],
      [
        /multiplexer has glitches/,
        'clocks.c',
        '  CLEAR_BITS(CLK_SYS_CTRL, CLK_SYS_FROM_AUX);\n',
        '  REGISTER(CLK_SYS_CTRL) = 0;\n',
      ],
      [/before it is stable/, 'clocks.c', '(REGISTER(XOSC_STATUS) & XOSC_STABLE) == 0', '0'],
      [/without its password/, 'clocks.c', 'POWMAN_PASSWORD | vsel << 4', 'vsel << 4'],
      [
        /too fast for the core voltage/,
        'clocks.c',
        'if (rises) set_voltage(words[WORD_VSEL]);',
        'if (!rises) set_voltage(words[WORD_VSEL]);',
      ],
      [
        /below the brown-out detector/,
        'clocks.c',
        '  if (!rises) set_brownout(vsel_millivolts(vsel));\n',
        '',
      ],
      [/TIMER0 used while its ticks do not run/, 'clocks.c', '  start_ticks(TICKS_TIMER0);\n', ''],
      [/ticks that are no microseconds/, 'clocks.c', '= XOSC_HZ / 1000000;', '= 150;'],
      [/timer that SLEEP_EN1 stops/, 'sleep.c', 'SLEEP_EN1_TICKS | SLEEP_EN1_TIMER0 |', 'SLEEP_EN1_TICKS |'],
      [/stops the UART that is to wake it/, 'sleep.c', ' | SLEEP_EN1_UART0;', ';'],
      [
        /ring oscillator switched off while the watchdog runs/,
        'sleep.c',
        '  CLEAR_BITS(WATCHDOG_CTRL, WATCHDOG_ENABLE); /*',
        '  /*',
      ],
    ];
    for (const [rule, file, from, to] of faults)
      it(`names what the chip does not bear: ${rule.source} (${file})`, async () => {
        expect((await trial.run({ rule, file, from, to })).broken).to.match(rule);
      });
  });
