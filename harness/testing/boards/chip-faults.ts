import type { ChipFault, TriedPort } from './port-trial.js';

/** Ports that run on a model of their chip's registers, and faults put into each, which the model must name. */
export interface TriedFaults {
  port: TriedPort;
  faults: readonly ChipFault[];
}

const fault = (rule: RegExp, file: string, from: string, to: string): ChipFault => ({ rule, file, from, to });

const apollo3: TriedFaults = {
  port: {
    name: 'apollo3',
    sources: ['board.c', 'clocks.c', 'power.c', 'timer.c'],
    blobAddress: 0x3_0000,
    levels: 'hz=96000000:48000000:24000000',
    line: 'A',
  },
  faults: [
    fault(/without the key 0x73/, 'board.c', 'REGISTER(GPIO_PADKEY) = PADKEY;', ''),
    fault(/without the key 0x47/, 'clocks.c', 'REGISTER(CLKGEN_CLKKEY) = CLKKEY;', ''),
    fault(
      /UART0 used while its power domain is off/,
      'board.c',
      'while ((REGISTER(DEVPWRSTATUS) & DEVPWRSTATUS_HCPA) == 0) {',
      'while (0) {',
    ),
    fault(/UART0 configured without its clock/, 'board.c', 'REGISTER(UART0_CR) = CR_CLKEN | CR_24MHZ;', ''),
    fault(/pad 49 is not UART0's input/, 'board.c', 'PAD_INPUT | PAD_PULL', 'PAD_PULL'),
    fault(/no GPIO output/, 'board.c', 'set_pad(PAD_MARKER1, PAD_GPIO, 0, CFG_PUSH_PULL);', ''),
    fault(
      /before MCUCTRL.FEATUREENABLE/,
      'clocks.c',
      '  init_burst();\n',
      '  REGISTER(CLKGEN_FREQCTRL) |= FREQCTRL_BURSTREQ;\n',
    ),
    fault(
      /deep sleep would lose RAM/,
      'power.c',
      '= MEMORY_FLASH | SLEEP_CACHE',
      '= MEMORY_ALL | SLEEP_CACHE',
    ),
    fault(/restarted by its watchdog/, 'power.c', '  REGISTER(WDT_CFG) = watchdog;\n', ''),
    fault(
      /sleeps without end while the watchdog runs/,
      'power.c',
      'void power_sleep(void) {\n  wait();',
      'void power_sleep(void) {\n  cpu_wait_for_interrupt();',
    ),
    fault(
      /SCMPR0 written while its comparison is enabled/,
      'timer.c',
      '  REGISTER(SCMPR0) =',
      '  REGISTER(STCFG) |= STCFG_COMPARE_A;\n  REGISTER(SCMPR0) =',
    ),
    fault(/DWT used without DEMCR/, 'board.c', '  REGISTER(DEMCR) |= DEMCR_TRCENA;\n', ''),
  ],
};

const nrf52840: TriedFaults = {
  port: {
    name: 'nrf52840',
    sources: ['board.c', 'power.c', 'timer.c'],
    blobAddress: 0x2_0000,
    levels: 'hz=64000000:64000000,mode=1:0',
    line: 'ABC',
  },
  faults: [
    fault(/no output/, 'board.c', '  REGISTER(P0_PIN_CNF(PIN_MARKER1)) = CNF_OUTPUT;\n', ''),
    fault(/no GPIO output at high level/, 'board.c', 'REGISTER(P0_OUTSET) = 1u << PIN_TX;', ''),
    fault(/RXD pin is no GPIO input/, 'board.c', 'CNF_INPUT_PULL_UP', 'CNF_OUTPUT'),
    fault(/pin that is not connected/, 'board.c', '  REGISTER(UART_PSEL_TXD) = PIN_TX;\n', ''),
    fault(
      /started on the RC oscillator/,
      'power.c',
      'while (REGISTER(CLOCK_HFCLKSTAT) != HFCLK_CRYSTAL_RUNS) {',
      'while (0) {',
    ),
    fault(
      /LFCLKSRC written while LFCLK runs/,
      'power.c',
      '    REGISTER(CLOCK_LFCLKSRC) = LFCLKSRC_CRYSTAL;\n    REGISTER(CLOCK_LFCLKSTART) = TRIGGER;\n',
      '    REGISTER(CLOCK_LFCLKSTART) = TRIGGER;\n    REGISTER(CLOCK_LFCLKSRC) = LFCLKSRC_CRYSTAL;\n',
    ),
    fault(/configured while it is enabled/, 'board.c', 'REGISTER(UART_ENABLE) = UART_DISABLED;', ''),
    /* The value that the same rate has with EasyDMA. */
    fault(/no such value of BAUDRATE/, 'board.c', '0x01d7e000u', '0x01d60000u'),
    fault(/TXD written before/, 'board.c', '    if (REGISTER(UART_TXDRDY) == 0) return;\n', ''),
    fault(
      /EVENTS_RXDRDY was cleared/,
      'board.c',
      '    REGISTER(UART_RXDRDY) = CLEAR_EVENT;\n    link_receive((uint8_t)REGISTER(UART_RXD));\n',
      '    link_receive((uint8_t)REGISTER(UART_RXD));\n    REGISTER(UART_RXDRDY) = CLEAR_EVENT;\n',
    ),
    fault(
      /PRESCALER changed while TIMER0 runs/,
      'timer.c',
      '= TRIGGER;\n  cpu_enable',
      '= TRIGGER;\n  REGISTER(TIMER_PRESCALER) = 0;\n  cpu_enable',
    ),
    fault(/while TIMER0 stands still/, 'timer.c', '  REGISTER(TIMER_START) = TRIGGER;\n', ''),
    fault(
      /watchdog configured while it runs/,
      'power.c',
      '    REGISTER(WDT_START) = TRIGGER;\n',
      '    REGISTER(WDT_START) = TRIGGER;\n    REGISTER(WDT_RREN) = WDT_RR0_ENABLED;\n',
    ),
    fault(/another value than 0x6E524635/, 'power.c', '= WDT_RELOAD;', '= 0x6e524636;'),
    fault(/restarted by its watchdog/, 'power.c', '= WDT_PAUSED_ASLEEP_AND_HALTED;', '= 1;'),
    fault(/DWT used without DEMCR/, 'board.c', '  REGISTER(DEMCR) |= DEMCR_TRCENA;\n', ''),
  ],
};

const rp2350: TriedFaults = {
  port: {
    name: 'rp2350',
    /* The image definition must lie right behind the vector table. */
    sources: ['image_definition.c', 'board.c', 'clocks.c', 'sleep.c'],
    common: ['pico_board.c', 'pico_sleep.c', 'pl011.c'],
    blobAddress: 0x1004_0000,
    levels: 'hz=150000000:100000000:64000000:48000000:24000000',
    line: 'A',
    on: { machine: 'lm3s6965evb', core: 'cortex-m33', table: 'm33' },
  },
  faults: [
    fault(/finds no image definition/, 'image_definition.c', '0xab123579u', '0xab123578u'),
    fault(
      /TIMER0 used in reset/,
      'pico_board.c',
      'while ((REGISTER(RESETS_DONE) & blocks) != blocks) {',
      'while (0) {',
    ),
    fault(
      /isolation removed before its function/,
      'board.c',
      '  REGISTER(GPIO_CTRL(pin)) = function;\n  REGISTER(PAD(pin)) = pad | PAD_DRIVE_4MA | PAD_SCHMITT;',
      '  REGISTER(PAD(pin)) = pad | PAD_DRIVE_4MA | PAD_SCHMITT;\n  REGISTER(GPIO_CTRL(pin)) = function;',
    ),
    fault(
      /raised whose pad is isolated/,
      'board.c',
      'set_pin(PIN_MARKER1, GPIO_FUNCTION_SIO, 0);',
      'set_pin(PIN_MARKER1, GPIO_FUNCTION_SIO, PAD_ISOLATED);',
    ),
    fault(
      /post dividers switched on before it has locked/,
      'clocks.c',
      'PLL_CS_LOCK) == 0',
      'PLL_CS_LOCK) == 1',
    ),
    fault(
      /switched off while a clock runs from it/,
      'clocks.c',
      '  system_from_reference();\n  start_pll',
      '  start_pll',
    ),
    fault(
      /multiplexer has glitches/,
      'clocks.c',
      '  CLEAR_BITS(CLK_SYS_CTRL, CLK_SYS_FROM_AUX);\n',
      '  REGISTER(CLK_SYS_CTRL) = 0;\n',
    ),
    fault(/before it is stable/, 'clocks.c', '(REGISTER(XOSC_STATUS) & XOSC_STABLE) == 0', '0'),
    fault(/without its password/, 'clocks.c', 'POWMAN_PASSWORD | vsel << 4', 'vsel << 4'),
    fault(
      /too fast for the core voltage/,
      'clocks.c',
      'if (rises) set_voltage(words[WORD_VSEL]);',
      'if (!rises) set_voltage(words[WORD_VSEL]);',
    ),
    fault(
      /below the brown-out detector/,
      'clocks.c',
      '  if (!rises) set_brownout(vsel_millivolts(vsel));\n',
      '',
    ),
    fault(/TIMER0 used while its ticks do not run/, 'clocks.c', '  start_ticks(TICKS_TIMER0);\n', ''),
    fault(/ticks that are no microseconds/, 'clocks.c', '= XOSC_HZ / 1000000;', '= 150;'),
    fault(
      /timer that SLEEP_EN1 stops/,
      'sleep.c',
      'SLEEP_EN1_TICKS | SLEEP_EN1_TIMER0 |',
      'SLEEP_EN1_TICKS |',
    ),
    fault(/stops the UART that is to wake it/, 'sleep.c', ' | SLEEP_EN1_UART0;', ';'),
    fault(
      /ring oscillator switched off while the watchdog runs/,
      'pico_sleep.c',
      '  CLEAR_BITS(WATCHDOG_CTRL, WATCHDOG_ENABLE); /*',
      '  /*',
    ),
  ],
};

export const triedPorts = { apollo3, nrf52840, rp2350 } as const;
